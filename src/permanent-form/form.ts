/** What makes the hub as this action leaves it, said in the languages of those who will apply it again. The JSON of the output `permanent-form`. */
export interface PermanentForm {
  /** Who installs Argo CD, in words. */
  installer: string
  forms: Form[]
}

/** One file: whole and valid as it stands. */
export type Form =
  | { for: 'hub'; format: HubFormat; file: string; text: string }
  | { for: 'azure'; format: 'terraform' | 'bicep' | 'az'; file: string; text: string }

export type HubFormat =
  | 'helm-values'
  | 'helm-release'
  | 'kustomization'
  | 'kustomize-patch'
  | 'argocd-resource'
  | 'extension-settings'
  | 'manifest'
