import { expect, test } from 'vitest'
import { worlds } from '../../../sandbox/worlds/index.ts'
import { enter, prepareHub } from '../../driver/story.ts'

test('A cluster without Entra is refused before its administrator certificate is asked for', async () => {
  const stage = await enter(worlds['no-entra']!())

  expect(await stage.refuses(prepareHub)).toBe(
    'AKS cluster argocd-aks does not use Microsoft Entra ID: an identity without a stored secret can only be let in by Entra, ' +
      'and all that Azure hands out for this cluster is an administrator certificate. ' +
      'Enable Entra (az aks update --resource-group argocd-rg --name argocd-aks --enable-aad) or name hub-access: run-command and run again.',
  )

  expect(stage.sandbox.requests.filter(({ path }) => path.endsWith('/listClusterUserCredential'))).toEqual([])
})
