import { installerOf, nameOf } from '../argocd/installers/installer.ts'
import { asksTheWebhook, USE } from '../argocd/token-source.ts'
import { type ArgoCdWorkload, type Container, title } from '../argocd/workloads.ts'
import type { ManagedCluster, ManagedIdentity } from '../azure/azure.ts'
import type { HubInputs } from '../inputs.ts'
import type { KubernetesObject } from '../kubernetes/cluster.ts'
import { isOurs } from '../mark.ts'
import { type AzureHalf, azureForms, type Credential } from '../permanent-form/azure-half.ts'
import type { Form, PermanentForm } from '../permanent-form/form.ts'
import { hubForms } from '../permanent-form/hub-half.ts'
import { asYaml, shellWord } from '../permanent-form/languages.ts'
import type { Piece } from '../permanent-form/piece.ts'
import { isLater, knownBy } from '../plan.ts'
import type { Run } from '../reconcile.ts'
import { credentialAction, credentialName, subjectOf } from '../resources/federated-credential.ts'
import { clusterAction } from '../resources/managed-cluster.ts'
import { identityAction } from '../resources/managed-identity.ts'
import { serviceAccountAction } from '../resources/service-account.ts'
import type { HubObservation } from './observe.ts'
import { argoCdAccounts, tokenWanted } from './plan-argo-cd.ts'

type Results = ReadonlyMap<string, Record<string, unknown>>

/** What the hub should look like by the hands of those who look after it, from all that is known at the end of a run. */
export function permanentForm(inputs: HubInputs, run: Run<HubObservation>): PermanentForm {
  const { hubCluster, identity, identityIds } = inputs
  const results = resultsOf(run)
  const pieces = run.seen.workloads.map(found => pieceOf(inputs, found, results))
  const clientId = (identityIds ?? results.get(identityAction(inputs)))?.clientId as string | undefined
  const askForIt = `$(az identity show --ids ${shellWord(identity.id)} --query clientId --output tsv)`
  return {
    installer: [...new Set(pieces.map(({ installer }) => nameOf(installer)))].join(', '),
    forms: [
      ...hubForms(pieces, hubCluster, clientId ?? askForIt),
      ...dedicatedAccount(inputs, run, results),
      // Of an identity whose ids are told nobody says where its credentials are.
      ...(identityIds ? [] : azureForms(azureHalf(inputs, run, results))),
    ],
  }
}

/** What each action wrote, or else found. */
const resultsOf = ({ plan, outcomes }: Run<HubObservation>): Results =>
  new Map([
    ...plan.actions.map(({ id, found }) => [id, found] as const),
    ...outcomes.flatMap(outcome => (outcome.kind === 'done' ? [[outcome.action.id, outcome.result] as const] : [])),
  ])

/**
 * A workload's part in the plan, without our annotations: they only ever make pods anew. Where somebody else lets the webhook in already the
 * plan says nothing, and the label is what has to stay.
 */
function pieceOf({ serviceAccount }: HubInputs, found: ArgoCdWorkload, results: Results): Piece {
  const { object, component, container } = found
  const { metadata, spec = {} } = (results.get(title(found))!.object as KubernetesObject).spec.template
  const own = spec.containers?.find(({ name }: Container) => name === container.name)
  const isServed = !own && asksTheWebhook(object.spec.template)
  return {
    component,
    object,
    installer: installerOf(object),
    needs: {
      labels: metadata?.labels ?? (isServed ? USE : {}),
      serviceAccount: serviceAccount?.name,
      container: { name: container.name, env: own?.env ?? [], volumeMounts: own?.volumeMounts ?? [] },
      volumes: spec.volumes ?? [],
    },
  }
}

/** The dedicated account and its binding, as far as they are this action's. */
function dedicatedAccount(
  { argocdNamespace, serviceAccount }: HubInputs,
  { plan }: Run<unknown>,
  results: Results,
): Form[] {
  if (!serviceAccount) return []
  const isMeant = (id: string) =>
    id === serviceAccountAction(argocdNamespace, serviceAccount.name) || id.startsWith('ClusterRoleBinding ')
  const texts = plan.actions
    .filter(({ id }) => isMeant(id))
    .flatMap(({ id }) => (results.get(id)?.object as KubernetesObject | undefined) ?? [])
    .filter(isOurs)
    .map(object => asYaml(unknownIn(object, results), known(object, results)))
  return texts.length > 0
    ? [{ for: 'hub', format: 'manifest', file: 'service-account.yaml', text: texts.join('---\n') }]
    : []
}

/** Said where something is left out. */
const unknownIn = ({ metadata }: KubernetesObject, results: Results): string[] =>
  Object.entries(metadata.annotations ?? {})
    .filter(([, value]: [string, unknown]) => isLater(value) && knownBy(value, results) === undefined)
    .map(([key]) => `The annotation ${key} is known once the identity is there.`)

/** What is known of a value by now. */
function known(value: unknown, results: Results): unknown {
  if (Array.isArray(value)) return value.map(item => known(item, results))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, isLater(item) ? knownBy(item, results) : item])
  return Object.fromEntries(
    entries.filter(([, item]) => item !== undefined).map(([key, item]) => [key, known(item, results)]),
  )
}

function azureHalf(inputs: HubInputs, { seen, plan, outcomes }: Run<HubObservation>, results: Results): AzureHalf {
  const { hubCluster, identity: id, tokenSource, cloud } = inputs
  const identity = results.get(identityAction(inputs))
  const [toMake] = plan.actions.find(action => action.id === identityAction(inputs))?.writes ?? []
  const wanted =
    toMake?.at === 'azure' && toMake.verb !== 'delete' ? (toMake.body as Partial<ManagedIdentity>) : undefined
  const {
    location = seen.cluster.location,
    tags = {},
    clientId,
  } = { ...identity, ...wanted } as Partial<ManagedIdentity>
  const { issuerUrl: issuer, workloadIdentity: isOn } = {
    ...seen.cluster,
    ...(results.get(clusterAction(hubCluster)) as Partial<ManagedCluster> | undefined),
  }
  const wasMade = (name: string) =>
    outcomes.some(({ kind, action }) => kind === 'done' && action.id === credentialAction(name))
  const credentials = argoCdAccounts(inputs, seen).map((account): Credential => {
    const subject = subjectOf(account)
    const equal = seen.credentials.find(credential => credential.subject === subject && credential.issuer === issuer)
    const name = equal?.name ?? credentialName(hubCluster, account)
    const exists = seen.credentials.some(credential => credential.name === name) || wasMade(name)
    return { name, account: account.serviceAccount, subject, exists }
  })
  return {
    hub: hubCluster,
    issuer,
    workloadIdentity: { needed: tokenSource === 'webhook', isOn },
    identity: { id, location, tags, exists: clientId !== undefined },
    credentials,
    audience: tokenWanted(inputs, seen.cluster, cloud).audience,
  }
}
