/** Builds the clients as they are pinned here, into a cache, and prints their folders, which go in front of PATH. */
import { printFolders } from '../scripts/cached-build.ts'
import { act } from './act/act.ts'
import { azureCli } from './azure-cli/azure-cli.ts'
import { goProgram } from './go-program.ts'

await printFolders('clients', [
  goProgram('argocd-k8s-auth', '.', '2 minutes'),
  goProgram('kubelogin', 'tool', 'a minute'),
  goProgram('workload-identity-webhook', '.', '2 minutes'),
  azureCli,
  act,
])
