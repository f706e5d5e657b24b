import { expect, test } from 'vitest'
import { foldedForm } from '../../../src/report/permanent-form.ts'

test('files are folded away by half, each with its name and in the colours of its language', () => {
  const summary = foldedForm({
    installer: 'Helm (release <prod>)',
    forms: [
      { for: 'hub', format: 'helm-values', file: 'values.yaml', text: 'a: 1\n' },
      { for: 'azure', format: 'az', file: 'argo-aks-onboard.sh', text: 'az login\n' },
    ],
  })
  expect(summary.split('\n')).toEqual([
    '<details>',
    '<summary>What makes this permanent, for Helm (release &lt;prod>)</summary>',
    '',
    '`values.yaml`',
    '',
    '```yaml',
    'a: 1',
    '```',
    '',
    '</details>',
    '<details>',
    '<summary>The same for Azure: Terraform, Bicep or az</summary>',
    '',
    '`argo-aks-onboard.sh`',
    '',
    '```sh',
    'az login',
    '```',
    '',
    '</details>',
  ])
})

test('where there is nothing to show there is no fold', () => {
  expect(foldedForm({ installer: 'nobody', forms: [] })).toBe('')
})
