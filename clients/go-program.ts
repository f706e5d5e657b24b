import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedBuild } from '../scripts/cached-build.ts'
import { type GoBuild, goBuild, goModuleIn, requireGo } from '../scripts/go-build.ts'

/** A program whose module lies in the folder of its name. Each has one of its own, since they need different versions of the same packages. */
export function goProgram(name: string, programs: GoBuild['programs'], duration: string): CachedBuild {
  const module = goModuleIn(join(import.meta.dirname, name))
  return {
    name,
    description: `${name}, about ${duration} the first time`,
    ingredients: () => filesIn(module.folder),
    require: () => requireGo(module),
    // Without C libraries, Argo CD leaves Azure out of what it builds on macOS (cmd/argocd-k8s-auth/commands/azure_no_cgo.go).
    build: folder => goBuild(module, { programs, output: join(folder, name), cgo: process.platform === 'darwin' }),
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(file => readFileSync(file, 'utf8'))
