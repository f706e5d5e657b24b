import { describe, expect, test } from 'vitest'
import type { ClusterLogin } from '../../../src/argocd/cluster-login.ts'
import { AzureCloud } from '../../../src/azure/cloud.ts'
import { affectedClusters, type Consequences, observeConsequences } from '../../../src/hub/consequences.ts'
import type { HubObservation } from '../../../src/hub/observe.ts'
import { planHub } from '../../../src/hub/plan.ts'
import type { HubInputs } from '../../../src/inputs.ts'
import type { Cluster, KubernetesObject } from '../../../src/kubernetes/cluster.ts'
import { KubernetesError } from '../../../src/kubernetes/errors.ts'
import { account } from './by-hand.ts'
import { argoCd, done, fresh, inputs, running, withAccount } from './observation.ts'

const spn: ClusterLogin = { secret: 'legacy', method: 'spn', sets: new Set(['AAD_ENVIRONMENT_NAME']), isOurs: false }
const foreign: ClusterLogin = { secret: 'dev', method: 'none', sets: new Set(['AZURE_CLIENT_ID']), isOurs: false }

const use = { 'azure.workload.identity/use': 'true' }
const labelled = argoCd.map(workload => {
  const copy = structuredClone(workload)
  Object.assign(copy.spec.template.metadata.labels, use)
  return copy
})
const installedByItself = (workload: KubernetesObject): KubernetesObject => {
  const { namespace, name } = workload.metadata
  const id = `argocd:apps/${workload.kind}:${namespace}/${name}`
  return { ...workload, metadata: { ...workload.metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } }
}

/** A hub that answers, and notes what it is asked. */
function hubWith(answers: { logins?: ClusterLogin[] | number; syncPolicy?: object | number }) {
  const asked: string[] = []
  const refuse = (status: number) => new KubernetesError(status, 'no', 'hub', 'GET /')
  const kubernetes = {
    async clusterLogins() {
      asked.push('logins')
      if (typeof answers.logins === 'number') throw refuse(answers.logins)
      return answers.logins ?? []
    },
    async read(reads: Record<string, { kind: { plural: string }; name?: string }>) {
      const [[key, { kind, name }]] = Object.entries(reads) as [[string, { kind: { plural: string }; name?: string }]]
      asked.push([kind.plural, name].filter(Boolean).join(' '))
      if (kind.plural !== 'applications') return { [key]: [account] }
      if (typeof answers.syncPolicy === 'number') throw refuse(answers.syncPolicy)
      return { [key]: answers.syncPolicy ? [{ spec: { syncPolicy: answers.syncPolicy } }] : [] }
    },
  } as unknown as Cluster
  return { kubernetes, asked }
}

const look = async (
  seen: HubObservation,
  asked: HubInputs = inputs,
  answers: Parameters<typeof hubWith>[0] = {},
): Promise<{ consequences: Consequences; requests: string[] }> => {
  const hub = hubWith(answers)
  const there = { ...seen, kubernetes: hub.kubernetes }
  const consequences = await observeConsequences(asked, there, planHub(asked, there, AzureCloud))
  return { consequences, requests: hub.asked }
}

describe('what a plan means for others is looked at', () => {
  test.each<[what: string, seen: HubObservation, asked: HubInputs, requests: string[]]>([
    ['never where nothing is to be done', done(), inputs, []],
    ['never where pods are only told where their token is', fresh(), inputs, []],
    ['where they get another account', fresh(), withAccount, ['logins']],
    ['where the webhook serves that account', fresh(running(labelled)), withAccount, ['logins', 'serviceaccounts']],
    [
      'where it serves that account, and the accounts are known',
      fresh({ ...running(labelled), serviceAccounts: [] }),
      withAccount,
      ['logins'],
    ],
    ['where Argo CD installs itself', fresh(running(argoCd.map(installedByItself))), inputs, ['applications argocd']],
    [
      'where it installs itself, and gets another account',
      fresh(running(argoCd.map(installedByItself))),
      withAccount,
      ['logins', 'applications argocd'],
    ],
  ])('%s', async (_what, seen, asked, requests) => {
    expect((await look(seen, asked)).requests).toEqual(requests)
  })
})

describe('clusters that are affected', () => {
  const warnings = async (seen: HubObservation, asked: HubInputs, logins: ClusterLogin[] | number) => {
    const { consequences } = await look(seen, asked, { logins })
    const there = { ...seen, consequences }
    return planHub(asked, there, AzureCloud).warnings
  }

  test('are named where the account changes', async () => {
    expect(await warnings(done(running(argoCd)), withAccount, [spn, foreign])).toMatchObject([
      { what: expect.stringMatching(/ by Secret argocd\/dev$/), why: expect.stringMatching(/under svc-argocd-aks$/) },
    ])
  })

  test('are named where the webhook gives the client of the new account to the pods', async () => {
    expect(await warnings(done(running(labelled)), withAccount, [spn])).toMatchObject([
      { what: expect.stringMatching(/ by Secret argocd\/legacy$/), why: expect.stringMatching(/service principal/) },
    ])
  })

  test('are not known where the caller may not list Secrets', async () => {
    expect(await warnings(done(running(argoCd)), withAccount, 403)).toMatchObject([
      { why: 'the caller may not list secrets in argocd' },
    ])
    await expect(look(done(running(argoCd)), withAccount, { logins: 500 })).rejects.toThrow('no')
  })

  test('are nobody where nothing was looked at', () => {
    expect(affectedClusters(inputs, done(running(argoCd)), [])).toEqual([])
  })
})

describe('an Argo CD that installs itself', () => {
  const seen = fresh(running(argoCd.map(installedByItself)))
  const refusals = async (syncPolicy: object | number | undefined) => {
    const { consequences } = await look(seen, withAccount, syncPolicy === undefined ? {} : { syncPolicy })
    return planHub(withAccount, { ...seen, consequences }, AzureCloud).refusals
  }

  test.each<[what: string, syncPolicy: object | number | undefined, refused: number]>([
    ['heals itself', { automated: { selfHeal: true } }, 2],
    ['heals itself no more', { automated: { selfHeal: true, enabled: false } }, 0],
    ['syncs what is new', { automated: {} }, 0],
    ['is synced by hand', {}, 0],
    ['is installed from elsewhere', undefined, 2],
    ['may not be looked at', 403, 2],
  ])('%s', async (_what, syncPolicy, refused) => {
    expect(await refusals(syncPolicy)).toHaveLength(refused)
  })
})
