import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedBuild } from '../../scripts/cached-build.ts'
import { installInto, pythonVersion } from '../python.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

/** Azure CLI in a Python environment of its own, beside the one program that is meant for PATH. */
export const azureCli: CachedBuild = {
  name: 'azure-cli',
  description: 'Azure CLI, about 2 minutes the first time',
  programs: 'bin',
  ingredients: () => [readFileSync(requirements, 'utf8'), readFileSync(import.meta.filename, 'utf8'), pythonVersion()],
  require: pythonVersion,
  build: async (folder, destination) => {
    await installInto(folder, requirements)
    writeLauncher(folder, destination)
  },
}

/** The `az` of the package names its Python by the folder that it was installed into, which has got another name since. */
function writeLauncher(folder: string, destination: string): void {
  const python = join(destination, 'python/bin/python3')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/az'), `#!/bin/sh\nAZ_INSTALLER=PIP exec '${python}' -Im azure.cli "$@"\n`, {
    mode: 0o755,
  })
}
