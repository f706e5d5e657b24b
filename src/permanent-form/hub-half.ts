import type { Installer } from '../argocd/installers/installer.ts'
import type { ManagedClusterId } from '../azure/resource-id.ts'
import { argoCdResource } from './argocd-resource.ts'
import { extensionSettings } from './extension-settings.ts'
import type { Form } from './form.ts'
import { helmForms } from './helm.ts'
import { kustomizeForms } from './kustomize.ts'
import type { Piece } from './piece.ts'

/** Whatever says the same in the language of each installer; as a rule there is one. */
export function hubForms(pieces: Piece[], hub: ManagedClusterId, clientId: string): Form[] {
  const groups = Map.groupBy(pieces, ({ installer }) => languageOf(installer))
  const forms = {
    operator: argoCdResource,
    extension: (group: Piece[], installer: Installer) => extensionSettings(group, installer, hub, clientId),
    helm: helmForms,
    kustomize: kustomizeForms,
  }
  return [...groups].flatMap(([language, group]) => forms[language](group, group[0]!.installer))
}

/** A chart is told by values, whoever applies what it renders. */
function languageOf({ kind, chart }: Installer): 'operator' | 'extension' | 'helm' | 'kustomize' {
  if (kind === 'operator' || kind === 'extension') return kind
  return chart || kind === 'helm' || kind === 'flux-helm' ? 'helm' : 'kustomize'
}
