import { expect, test } from 'vitest'
import type { InstallerKind } from '../../../../src/argocd/installers/installer.ts'
import { type Lifetime, lifetimeOf, type SyncPolicy } from '../../../../src/argocd/installers/lifetime.ts'

const lasts = 'lasts'
const passing = 'until the next apply'
const gone = 'taken back at once'

test.each<[installer: InstallerKind, fields: Lifetime, account: Lifetime]>([
  ['kubectl', lasts, passing],
  ['server-side apply', lasts, passing],
  ['helm', lasts, passing],
  ['flux-helm', lasts, passing],
  ['flux-kustomize', lasts, gone],
  ['argo-cd', lasts, gone],
  ['operator', gone, lasts],
  ['extension', gone, gone],
  ['unknown', lasts, passing],
])('%s: fields %s, account %s; new pods last', (kind, fields, account) => {
  const installer = { kind, replaces: false }
  expect(lifetimeOf(installer, 'fields')).toBe(fields)
  expect(lifetimeOf(installer, 'account')).toBe(account)
  expect(lifetimeOf(installer, 'restart')).toBe(lasts)
})

test.each<[what: string, replaces: boolean, sync: SyncPolicy | undefined, fields: Lifetime, account: Lifetime]>([
  ['heals itself', false, { selfHeal: true, replaces: false }, lasts, gone],
  ['is synced by hand', false, { selfHeal: false, replaces: false }, lasts, passing],
  ['replaces as its Application says', false, { selfHeal: true, replaces: true }, passing, gone],
  ['replaces as the object says', true, undefined, passing, gone],
])('an Argo CD that %s', (_what, replaces, sync, fields, account) => {
  const installer = { kind: 'argo-cd' as const, replaces }
  expect(lifetimeOf(installer, 'fields', sync)).toBe(fields)
  expect(lifetimeOf(installer, 'account', sync)).toBe(account)
})

test('only Argo CD asks for its own sync options', () => {
  expect(lifetimeOf({ kind: 'kubectl', replaces: true }, 'fields')).toBe(lasts)
})
