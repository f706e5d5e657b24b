import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedBuild } from '../../scripts/cached-build.ts'
import { requireProgram } from '../../scripts/required-program.ts'
import { runToEnd } from '../../scripts/run-to-end.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

/** Azure CLI in a Python environment of its own, beside the one program that is meant for PATH. */
export const azureCli: CachedBuild = {
  name: 'azure-cli',
  description: 'Azure CLI, about 2 minutes the first time',
  programs: 'bin',
  ingredients: () => [readFileSync(requirements, 'utf8'), readFileSync(import.meta.filename, 'utf8'), pythonVersion()],
  require: pythonVersion,
  build: async (folder, destination) => {
    await runToEnd('python3', ['-m', 'venv', join(folder, 'python')])
    // To compile all of Azure's packages takes longer than the few that are used need, each at its first use.
    const install = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--requirement', requirements]
    await runToEnd(join(folder, 'python/bin/python3'), install)
    writeLauncher(folder, destination)
  },
}

/** An environment belongs to one minor version of Python. */
function pythonVersion(): string {
  const version = requireProgram({
    name: 'Python',
    version: '3.11',
    command: ['python3', '--version'],
    home: 'https://www.python.org/downloads/',
  })
  return version.split('.', 2).join('.')
}

/** The `az` of the package names its Python by the folder that it was installed into, which has got another name since. */
function writeLauncher(folder: string, destination: string): void {
  const python = join(destination, 'python/bin/python3')
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/az'), `#!/bin/sh\nAZ_INSTALLER=PIP exec '${python}' -Im azure.cli "$@"\n`, {
    mode: 0o755,
  })
}
