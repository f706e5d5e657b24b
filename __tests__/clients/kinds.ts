import { vi } from 'vitest'

/** Both kinds of API servers, by what KUBEBUILDER_ASSETS has to be for them. */
export const kinds: [name: string, assets: string | undefined][] = [
  ['embedded API servers', undefined],
  ['real API servers', process.env.KUBEBUILDER_ASSETS],
]

/** Lets every sandbox that is started from now on have API servers of a kind. */
export const useKind = (assets: string | undefined) => vi.stubEnv('KUBEBUILDER_ASSETS', assets)
