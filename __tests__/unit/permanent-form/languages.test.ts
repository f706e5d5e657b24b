import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { resourceId } from '../../../src/azure/resource-id.ts'
import { type AzureHalf, azureForms } from '../../../src/permanent-form/azure-half.ts'
import { asYaml, shellWord } from '../../../src/permanent-form/languages.ts'

const tag = `it's "\${x}" %{ \\ and 'more'`
const half: AzureHalf = {
  hub: resourceId('Microsoft.ContainerService/managedClusters', 'sub-a', 'argocd-rg', 'argocd-aks'),
  issuer: 'https://issuer.example/1/',
  workloadIdentity: { needed: true, isOn: true },
  identity: {
    id: resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'sub-b', 'group (x)', 'argocd'),
    location: 'westeurope',
    tags: { 'cost center': tag, b: '1' },
    exists: false,
  },
  credentials: [{ name: 'server-1', account: '0.argocd.server', subject: 'system:serviceaccount:a:b', exists: true }],
  audience: 'api://AzureADTokenExchange',
}
const text = (of: AzureHalf, format: string) => azureForms(of).find(form => form.format === format)!.text

describe('what people call things survives in', () => {
  test('Terraform', () => {
    expect(text(half, 'terraform')).toContain(`    "cost center" = "it's \\"$\${x}\\" %%{ \\\\ and 'more'"`)
    expect(text(half, 'terraform')).toContain(`    "b"           = "1"`)
    expect(text(half, 'terraform')).toContain('resource "azurerm_federated_identity_credential" "_0_argocd_server" {')
  })

  test('Bicep', () => {
    expect(text(half, 'bicep')).toContain(`    'cost center': 'it\\'s "\\\${x}" %{ \\\\ and \\'more\\''`)
  })

  test('a shell', () => {
    const words = [tag, 'plain-1.2/x', '', '$(reboot)', 'a\nb']
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' })
    expect(stdout.split('\0').slice(0, -1)).toEqual(words)
    expect(shellWord('plain-1.2/x')).toBe('plain-1.2/x')
  })
})

test('an issuer in another subscription than the identity is told instead of asked for', () => {
  expect(text(half, 'terraform')).toMatch(/^ {2}issuer {20}= "https:\/\/issuer\.example\/1\/"$/m)
  expect(text(half, 'terraform')).not.toMatch(/^data /m)
})

test('the script is one that a shell can read', () => {
  expect(spawnSync('sh', ['-n'], { input: text(half, 'az') })).toMatchObject({ status: 0 })
})

test('YAML says everything where it is used, and quotes what would be read as something else', () => {
  const twice = { label: 'true' }
  expect(asYaml(['Why.'], { a: twice, b: twice })).toBe('# Why.\na:\n  label: "true"\nb:\n  label: "true"\n')
})
