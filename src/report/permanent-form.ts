import type { Form, PermanentForm } from '../permanent-form/form.ts'

const LANGUAGES: Record<Form['format'], string> = {
  'helm-values': 'yaml',
  'helm-release': 'yaml',
  kustomization: 'yaml',
  'kustomize-patch': 'yaml',
  'argocd-resource': 'yaml',
  'extension-settings': 'sh',
  manifest: 'yaml',
  terraform: 'hcl',
  bicep: 'bicep',
  az: 'sh',
}

/** The permanent form as Markdown, folded away: one fold for Argo CD, one for Azure. */
export function foldedForm({ installer, forms }: PermanentForm): string {
  const of = (half: Form['for']) => forms.filter(form => form.for === half)
  return [
    ...folded(`What makes this permanent, for ${installer}`, of('hub')),
    ...folded('The same for Azure: Terraform, Bicep or az', of('azure')),
  ].join('\n')
}

/** Blank lines let GitHub read Markdown within HTML again (https://github.github.com/gfm/#html-blocks). */
function folded(title: string, forms: Form[]): string[] {
  if (forms.length === 0) return []
  const files = forms.flatMap(({ file, format, text }) => [
    `\`${file}\``,
    '',
    `\`\`\`${LANGUAGES[format]}`,
    text.trimEnd(),
    '```',
    '',
  ])
  return ['<details>', `<summary>${escaped(title)}</summary>`, '', ...files, '</details>']
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
