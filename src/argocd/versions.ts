/** What is known of the Azure login in an image of Argo CD. */
export type Judgement =
  | { kind: 'works'; version: string }
  | { kind: 'broken'; version: string; why: string; upgradeTo: string }
  /** The image does not say which release it is. */
  | { kind: 'unknown' }

type Version = [major: number, minor: number, patch: number]

/**
 * Releases in which `argocd-k8s-auth azure` cannot sign in by workload identity. The broken ones link MSAL Go 1.3.3 with a kubelogin that
 * does not fit it, by `go.mod` of the tags around those that the issues name.
 */
const BROKEN: { from: Version; to: Version; why: string; upgradeTo: string }[] = [
  {
    from: [0, 0, 0],
    to: [2, 7, Number.POSITIVE_INFINITY],
    why: 'it has no argocd-k8s-auth azure, which came with v2.8',
    upgradeTo: 'v2.14.4',
  },
  {
    from: [2, 14, 3],
    to: [2, 14, 3],
    why: 'its argocd-k8s-auth azure ends with exit code 20 (https://github.com/argoproj/argo-cd/issues/22122)',
    upgradeTo: 'v2.14.4',
  },
  {
    from: [3, 0, 0],
    to: [3, 0, 6],
    why: 'argocd-k8s-auth azure of v3.0.0 to v3.0.6 ends with exit code 20 (https://github.com/argoproj/argo-cd/issues/22884)',
    upgradeTo: 'v3.0.7',
  },
]

/** Judges an image by its tag. Only where its name is Argo CD's is the tag taken for Argo CD's version. */
export function judge(image: string): Judgement {
  const { version, name } = tagged(image)
  if (!version) return { kind: 'unknown' }
  const broken = BROKEN.find(({ from, to }) => compare(from, version) <= 0 && compare(version, to) <= 0)
  return broken
    ? { kind: 'broken', version: name, why: broken.why, upgradeTo: broken.upgradeTo }
    : { kind: 'works', version: name }
}

/**
 * Tells whether AZURE_CLIENT_ID of a pod goes before AAD_SERVICE_PRINCIPAL_CLIENT_ID of a cluster, as it does from v2.14 on
 * (https://github.com/argoproj/argo-cd/issues/22318). A version that is not known may be one of those.
 */
export const prefersAzureClientId = (judgement: Judgement): boolean =>
  judgement.kind === 'unknown' || compare([2, 14, 0], numbersOf(judgement.version)) <= 0

const numbersOf = (version: string): Version => version.replace(/^v/, '').split('.').map(Number) as Version

/** `registry:5000/argoproj/argocd:v3.5.1@sha256:…` is version 3.5.1; a build or flavour may follow it. */
function tagged(image: string): { version?: Version; name: string } {
  const [, repository = '', tag = ''] = /^(.*\/)?([^/]*)$/.exec(image.replace(/@.*$/, '')) ?? []
  const [, name, numbers] = /^([^:]*argo-?cd[^:]*):(v?\d+\.\d+\.\d+)(?![\d.])/i.exec(tag) ?? []
  if (name === undefined || numbers === undefined) return { name: repository }
  return { version: numbersOf(numbers), name: `v${numbers.replace(/^v/, '')}` }
}

const compare = (one: Version, other: Version): number =>
  one.map((part, index) => part - other[index]!).find(difference => difference !== 0) ?? 0
