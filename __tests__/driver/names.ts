import type { Keyring } from '../../sandbox/keyring.ts'
import type { World } from '../../sandbox/world.ts'

/**
 * Puts names in place of the ids, addresses and certificates of a world, so that a text reads the same on every run and on every kind of
 * control plane.
 */
export async function readable(text: string, world: World, keyring: Keyring): Promise<string> {
  const clusters = await Promise.all(
    Object.values(world.clusters).map(
      async ({ arm, authority, issuerUrl }): Promise<[string | undefined, string][]> => {
        const { certificate } = await keyring.authority(authority.reported)
        return [
          [Buffer.from(certificate).toString('base64'), `<CA of ${arm.name}>`],
          [arm.properties.privateFQDN, `<private FQDN of ${arm.name}>`],
          [arm.properties.fqdn, `<FQDN of ${arm.name}>`],
          [issuerUrl, `<issuer of ${arm.name}>`],
        ]
      },
    ),
  )
  const names: [string | undefined, string][] = [
    ...clusters.flat(),
    ...Object.values(world.identities).flatMap(({ name, clientId, principalId }): [string, string][] => [
      [clientId, `<client id of ${name}>`],
      [principalId, `<principal id of ${name}>`],
    ]),
    ...world.applications.flatMap(({ displayName, clientId, objectId }): [string, string][] => [
      [clientId, `<client id of ${displayName}>`],
      [objectId, `<object id of ${displayName}>`],
    ]),
    [world.tenantId, '<tenant>'],
    ...world.subscriptions.map(({ id }): [string, string] => [id, '<subscription>']),
  ]
  return names
    .reduce((rest, [value, name]) => (value ? rest.replaceAll(value, name) : rest), text)
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>')
    .replaceAll(/\bargo-aks-onboard-[\da-f]{10}\b/g, 'argo-aks-onboard-<fingerprint>')
    .replaceAll(/… \(\d+ characters\)/g, '… (many characters)')
}
