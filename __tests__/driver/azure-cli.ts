import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { idTokenRequestUrl } from '../../sandbox/github/id-token.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { onboardingOf } from '../../sandbox/worlds/access.ts'
import { visit } from '../sandbox/visitor.ts'

/**
 * A PATH on which `az` is signed in, as after a step with azure/login: it hands out the tokens of the workflow's application, in the words of
 * https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
 */
export async function pathWithAzureCli(sandbox: Sandbox): Promise<string> {
  const [arm, aks] = ['https://management.azure.com', aksServer]
  return pathWith([
    `*"get-access-token --output json --resource ${arm}"*) echo '${await answer(sandbox, arm)}' ;;`,
    `*"get-access-token --output json --resource ${aks}"*) echo '${await answer(sandbox, aks)}' ;;`,
  ])
}

/** A PATH on which `az` is set to a cloud, and has nothing but this to say when it is asked for a token. */
export const pathWithAzureCliSaying = (text: string, cloud: string): Promise<string> =>
  pathWith([`*get-access-token*) echo ${JSON.stringify(text)} >&2; exit 1 ;;`, `"cloud show"*) echo ${cloud} ;;`])

async function pathWith(answers: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-az-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const az = join(folder, 'az')
  const script = ['#!/bin/sh', 'case "$*" in', ...answers, '*) echo "az: $*" >&2; exit 2 ;;', 'esac']
  await writeFile(az, `${script.join('\n')}\n`)
  await chmod(az, 0o755)
  return `${folder}:${dirname(process.execPath)}`
}

const aksServer = '6dae42f8-4368-4678-94ff-3960e28e3630'

/** What the CLI prints for a resource, with a token that Entra issued for GitHub's word. */
async function answer(sandbox: Sandbox, resource: string): Promise<string> {
  const { world, environment } = sandbox
  const idToken = await visit(sandbox, `${idTokenRequestUrl}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  })
  const issued = await visit(sandbox, `https://login.microsoftonline.com/${world.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: onboardingOf(world).clientId,
      scope: `${resource}/.default`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: idToken.json.value,
    }).toString(),
  })
  expect(issued.status, issued.text).toBe(200)
  const expiry = Math.floor(Date.now() / 1000) + issued.json.expires_in
  const expiresOn = new Date(expiry * 1000).toISOString().replace('T', ' ').replace('Z', '000')
  const { access_token: accessToken } = issued.json
  return JSON.stringify({ accessToken, expiresOn, expires_on: expiry, tenant: world.tenantId, tokenType: 'Bearer' })
}
