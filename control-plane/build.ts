/** Builds etcd, kube-apiserver and kubectl as go.mod pins them, into a cache, and prints their folder: what `KUBEBUILDER_ASSETS` names. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { printFolders } from '../scripts/cached-build.ts'
import { goBuild, goModuleIn, pinned, requireGo } from '../scripts/go-build.ts'

const module = goModuleIn(import.meta.dirname)

await printFolders('control-plane', [
  {
    name: 'control-plane',
    description: 'etcd, kube-apiserver and kubectl, about five minutes the first time',
    ingredients: () => [module.goMod, module.goSum],
    require: () =>
      requireGo(module, 'or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl'),
    build: async folder => {
      await goBuild(module, { programs: 'tool', output: folder, linkerFlags: kubernetesVersion() })
      // Go names a program after its import path, and etcd's is go.etcd.io/etcd/server/v3.
      renameSync(join(folder, 'server'), join(folder, 'etcd'))
    },
  },
])

/** Kubernetes learns its version from the linker (its hack/lib/version.sh); without it `/version` answers v0.0.0 and kubectl complains. */
function kubernetesVersion(): string {
  const [, version, major, minor] = pinned(module, /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m)
  const base = 'k8s.io/component-base/version'
  return `-X ${base}.gitVersion=${version} -X ${base}.gitMajor=${major} -X ${base}.gitMinor=${minor}`
}
