import { cloudOf } from '../../sandbox/clouds.ts'
import { idTokenRequestUrl } from '../../sandbox/github/id-token.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { World } from '../../sandbox/world.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { visit } from '../sandbox/visitor.ts'
import type { Desk } from './desk.ts'

/** Signs in to az as the workflow, with GitHub's word for it, which stays in a file for others to use. */
export async function signInToAzure(desk: Desk, sandbox: Sandbox): Promise<string> {
  const { json } = await visit(sandbox, `${idTokenRequestUrl}&audience=${cloudOf(sandbox.world).exchangeAudience}`, {
    headers: { authorization: `Bearer ${sandbox.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  })
  await desk.write(tokenFile, json.value)
  const who = `--username ${onboardingOf(sandbox.world).clientId} --tenant ${sandbox.world.tenantId}`
  return desk.run(`az login --service-principal ${who} --federated-token "$(cat ${tokenFile})"`)
}

/** What a pod of the workflow would have in its environment: https://azure.github.io/azure-workload-identity/docs/quick-start.html */
export const workloadIdentity = (world: World): Record<string, string> => ({
  AZURE_CLIENT_ID: onboardingOf(world).clientId,
  AZURE_TENANT_ID: world.tenantId,
  AZURE_FEDERATED_TOKEN_FILE: tokenFile,
  AZURE_AUTHORITY_HOST: `https://${cloudOf(world).authorities[0]}/`,
})

const tokenFile = 'github-token'
