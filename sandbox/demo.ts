/**
 * The whole procedure as a person sees it, against a local Azure: `npm run demo`. A hub and a target are planned, made, and made again.
 * Exits with 0 only if everything is as promised.
 */
import { stringify } from 'yaml'
import { type Answer, askAsArgoCd, decoded, type Login, loginOf, type Right } from './demo/argo-cd-login.ts'
import { indented, logInTerminal, styled, summaryInTerminal } from './demo/terminal.ts'
import { leaks } from './runner/leaks.ts'
import { runAction } from './runner/run-action.ts'
import type { ActionRun } from './runner/step.ts'
import { startSandbox } from './sandbox.ts'
import type { KubernetesObject } from './world.ts'
import { onboardingOf } from './worlds/access.ts'
import { clusterOf, subscriptionOf } from './worlds/builder.ts'
import { serverOf } from './worlds/cluster-secrets.ts'
import { worlds } from './worlds/index.ts'

const hub = 'argocd-rg/argocd-aks'
const target = 'dev-rg/devworkloadaks1'
const prepareHub = { mode: 'hub', 'hub-cluster': hub }
const onboardTarget = { mode: 'target', 'hub-cluster': hub, 'target-cluster': target }
const dryRun = { 'dry-run': 'true' }

/** Something of all that a cluster administrator may do. */
const rights: Right[] = [
  { verb: 'list', group: '', resource: 'namespaces' },
  { verb: 'get', group: '', resource: 'secrets', namespace: 'kube-system' },
  { verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'default' },
]

const started = performance.now()
const sandbox = await startSandbox(worlds['first-light']!())
try {
  console.log(`${styled('bold', 'A local Azure is up. Nothing of what follows leaves this machine.')}

  hub     ${hub}: Argo CD v3.5.1, not prepared for anything yet
  target  ${target}: private, with Entra ID and Kubernetes RBAC`)

  const before = await ask(await loginFromAzure())
  const hubPlan = await perform('hub, planned', { ...prepareHub, ...dryRun })
  const hubRun = await perform('hub', prepareHub)
  const prepared = await ask(await loginFromAzure())
  const targetPlan = await perform('target, planned', { ...onboardTarget, ...dryRun })
  const targetRun = await perform('target', onboardTarget)
  const hubAgain = await perform('hub, again', prepareHub)
  const targetAgain = await perform('target, again', onboardTarget)
  const secret = await clusterSecret()
  const onboarded = await ask(secret && loginOf(secret))

  if (secret) showSecret(secret)
  showAnswers({ before, 'hub prepared': prepared, 'target onboarded': onboarded })
  const runs = [hubPlan, hubRun, targetPlan, targetRun, hubAgain, targetAgain]
  const secrets = sandbox.keyring.secrets.size
  showPromises({
    'every run ended well': runs.every(({ exitCode }) => exitCode === 0),
    'planning wrote nothing': writesOf(hubPlan) + writesOf(targetPlan) === 0,
    'what was planned is what was done':
      hubPlan.outputs.changes === hubRun.outputs.changes && targetPlan.outputs.changes === targetRun.outputs.changes,
    'both again wrote nothing': writesOf(hubAgain) + writesOf(targetAgain) === 0,
    'before, Argo CD could not even sign in': !before.signedIn,
    'with a prepared hub it could sign in, and do nothing': prepared.signedIn && !prepared.rights.includes(true),
    'with what the cluster Secret says, it can do everything': onboarded.signedIn && !onboarded.rights.includes(false),
    [`none of ${secrets} tokens that were handed out shows in a log, a summary, an output or an address`]: runs.every(
      run => leaks(run, sandbox.keyring).length === 0,
    ),
  })
} finally {
  await sandbox.stop()
}
console.log(styled('dim', `\n${((performance.now() - started) / 1000).toFixed(1)} s`))

/** Runs the action as a step of a workflow, and shows all that a person then sees of it. */
async function perform(title: string, inputs: Record<string, string>): Promise<ActionRun> {
  const { world } = sandbox
  heading(title)
  for (const [name, value] of Object.entries(inputs)) console.log(styled('dim', `  ${name}: ${value}`))
  const run = await runAction(sandbox, {
    'tenant-id': world.tenantId,
    'client-id': onboardingOf(world).clientId,
    'subscription-id': subscriptionOf(world),
    ...inputs,
  })
  console.log(`\n${indented(logInTerminal(run.log))}`)
  if (run.summary) console.log(`\n${indented(summaryInTerminal(run.summary))}`)
  console.log(`\n${styled('bold', `${title}: ${run.requests.length} requests, ${writesOf(run)} writes`)}`)
  return run
}

function showSecret(secret: KubernetesObject): void {
  const { name, namespace, labels, annotations } = secret.metadata
  const { config = '', ...data } = decoded(secret)
  const shortened = JSON.parse(config, (key, value) => (key === 'caData' ? `${value.slice(0, 24)}…` : value))
  heading('the cluster Secret, decoded')
  const shown = { metadata: { name, namespace, labels, annotations }, data: { ...data, config: shortened } }
  console.log(indented(stringify(shown, { lineWidth: 0 }).trimEnd()))
}

/** What Argo CD's application controller could do on the target, from one moment to the next. */
function showAnswers(answers: Record<string, Answer>): void {
  heading(`what Argo CD may do on ${target}`)
  const questions = [
    'sign in',
    ...rights.map(({ verb, resource, namespace }) => `${verb} ${resource}${namespace ? ` in ${namespace}` : ''}`),
  ]
  const width = Math.max(...questions.map(({ length }) => length))
  const row = (first: string, cells: string[]) => console.log(`  ${first.padEnd(width)}  ${cells.join('  ')}`.trimEnd())
  const moments = Object.keys(answers)
  row('', moments)
  for (const [number, question] of questions.entries()) {
    const cells = Object.values(answers).map(({ signedIn, rights }) => [signedIn, ...rights][number])
    row(
      question,
      cells.map((may, column) => (may ? styled('green', 'yes') : 'no ') + ' '.repeat(moments[column]!.length - 3)),
    )
  }
}

function showPromises(promises: Record<string, boolean>): void {
  heading('as promised')
  for (const [promise, isKept] of Object.entries(promises)) {
    console.log(isKept ? styled('green', `  ✓ ${promise}`) : styled('red', `  ✗ ${promise}`))
    if (!isKept) process.exitCode = 1
  }
}

function heading(text: string): void {
  console.log(`\n${styled(['bold', 'cyan'], `── ${text} ${'─'.repeat(Math.max(76 - text.length, 2))}`)}`)
}

function writesOf({ requests }: ActionRun): number {
  return requests.filter(({ write }) => write).length
}

async function ask(login: Login | undefined): Promise<Answer> {
  return login ? askAsArgoCd(sandbox, hub, login, rights) : { signedIn: false, rights: rights.map(() => false) }
}

/** What a cluster Secret would have to say, where there is an identity to name in it. */
async function loginFromAzure(): Promise<Login | undefined> {
  const { world, keyring } = sandbox
  const [identity] = Object.values(world.identities)
  const cluster = clusterOf(world, target)
  return (
    identity && {
      server: serverOf(cluster),
      certificateAuthority: (await keyring.authority(cluster.authority.reported)).certificate,
      authorityHost: 'https://login.microsoftonline.com/',
      tenantId: world.tenantId,
      clientId: identity.clientId,
    }
  )
}

async function clusterSecret(): Promise<KubernetesObject | undefined> {
  const objects = await sandbox.objects(hub)
  return objects.find(({ metadata }) => metadata.labels?.['argocd.argoproj.io/secret-type'] === 'cluster')
}
