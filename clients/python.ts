import { join } from 'node:path'
import { requireProgram } from '../scripts/required-program.ts'
import { runToEnd } from '../scripts/run-to-end.ts'

/** Installs what a requirements file pins into a Python environment of its own, the folder `python`. */
export async function installInto(folder: string, requirements: string): Promise<void> {
  await runToEnd('python3', ['-m', 'venv', join(folder, 'python')])
  // To compile all of Azure's packages takes longer than the few that are used need, each at its first use.
  const install = ['-m', 'pip', 'install', '--quiet', '--no-compile', '--requirement', requirements]
  await runToEnd(join(folder, 'python/bin/python3'), install)
}

/** An environment belongs to one minor version of Python. */
export function pythonVersion(): string {
  const version = requireProgram({
    name: 'Python',
    version: '3.11',
    command: ['python3', '--version'],
    home: 'https://www.python.org/downloads/',
  })
  return version.split('.', 2).join('.')
}
