import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { threeWayMerge } from '../../sandbox/kubernetes/three-way-merge.ts'
import type { KubernetesObject } from '../../sandbox/world.ts'
import { renderedWith } from './chart.ts'
import { wantedFor } from './next-apply/operator-resource.ts'

/** A file of the output `permanent-form`. */
export interface Form {
  for: string
  format: string
  file: string
  text: string
}

/** What an installer renders once it has been told by the forms for it; what is left of them are manifests of their own. */
export async function renderedFrom(forms: Form[], rendered: KubernetesObject[]): Promise<KubernetesObject[]> {
  const [form] = forms.filter(each => each.for === 'hub')
  switch (form?.format) {
    case 'helm-values':
      return renderedWith(parse(form.text), rendered)
    case 'helm-release':
      return renderedWith(parse(form.text).spec.values, rendered)
    case 'argocd-resource':
      return wantedFor(parse(form.text).spec, rendered)
    case 'extension-settings':
      return renderedWith(valuesOf(form.text), rendered)
    case 'kustomization':
      return kustomized(forms, rendered)
    default:
      throw new Error(`no installer understands ${form?.format}`)
  }
}

/** What somebody has to apply beside Argo CD. */
export const manifestsIn = (forms: Form[]): KubernetesObject[] =>
  forms
    .filter(({ format }) => format === 'manifest')
    .flatMap(({ text }) => parseAllDocuments(text).map(document => document.toJS() as KubernetesObject))

/** `kubectl kustomize`, where there is a kubectl; else its merges. */
async function kustomized(forms: Form[], rendered: KubernetesObject[]): Promise<KubernetesObject[]> {
  const { KUBEBUILDER_ASSETS: assets } = process.env
  const patches = forms.filter(({ format }) => format === 'kustomize-patch').map(({ text }) => parse(text))
  const merged = rendered.map(object => {
    const isMeant = ({ kind, metadata }: KubernetesObject) =>
      kind === object.kind && metadata.name === object.metadata.name
    return patches.filter(isMeant).reduce((before, patch) => threeWayMerge(patch, patch, before), object)
  })
  if (!assets) return merged
  const real = await built(join(assets, 'kubectl'), forms, rendered)
  expect(real.map(inOrder).sort()).toEqual(merged.map(inOrder).sort())
  return real
}

/** An object with its lists sorted: the two put new items at different ends. */
const inOrder = (object: KubernetesObject): string => JSON.stringify(sorted(object))

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted).sort((one, other) => (text(one) < text(other) ? -1 : 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, child]) => [key, sorted(child)]),
  )
}

const text = (value: unknown): string => JSON.stringify(value)

async function built(kubectl: string, forms: Form[], rendered: KubernetesObject[]): Promise<KubernetesObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-kustomize-'))
  try {
    const component = join(folder, 'argo-aks-onboard')
    await mkdir(component)
    const ofComponent = forms.filter(({ format }) => format.startsWith('kustom'))
    await Promise.all(ofComponent.map(({ file, text }) => writeFile(join(component, file), text)))
    await writeFile(join(folder, 'argo-cd.yaml'), rendered.map(object => JSON.stringify(object)).join('\n---\n'))
    await writeFile(join(folder, 'kustomization.yaml'), 'resources: [argo-cd.yaml]\ncomponents: [argo-aks-onboard]\n')
    const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], { maxBuffer: 10_000_000 })
    return parseAllDocuments(stdout).map(document => document.toJS() as KubernetesObject)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The values that settings of the extension stand for: its release is one of the chart, and it labels Argo CD's pods where its own switch is
 * on (https://learn.microsoft.com/azure/azure-arc/kubernetes/tutorial-use-gitops-argocd).
 */
function valuesOf(command: string): Parameters<typeof renderedWith>[0] {
  const words = command.split(/--configuration-settings/)[1]!.split(/[\s\\]+/)
  const settings = words.map(word => word.replaceAll(/["']/g, '')).filter(word => word.includes('='))
  const podLabels = { 'azure.workload.identity/use': 'true' }
  if (settings.includes('azure.workloadIdentity.enabled=true'))
    return { server: { podLabels }, controller: { podLabels } }
  const values: Record<string, unknown> = {}
  for (const setting of settings) {
    const [, path = '', value = ''] = /^([^=]*)=(.*)$/.exec(setting)!
    // biome-ignore lint/suspicious/noExplicitAny: lists and maps as they come
    let at: any = values
    const steps = path.split(/[.[\]]+/).filter(Boolean)
    steps.slice(0, -1).forEach((step, index) => {
      at[step] ??= /^\d+$/.test(steps[index + 1]!) ? [] : {}
      at = at[step]
    })
    at[steps.at(-1)!] = typed(value)
  }
  return values as Parameters<typeof renderedWith>[0]
}

/** As `helm --set` reads them. */
const typed = (value: string): unknown =>
  value === 'true' ? true : value === 'false' ? false : /^\d+$/.test(value) ? Number(value) : value
