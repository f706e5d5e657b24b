import { existsSync } from 'node:fs'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/**
 * Makes a folder that can be a whole PATH: links to programs of this machine, by the names under which they shall be found. A `.ts` file is
 * run by this Node; what it compiles to is kept in the folder, since such a program may be started many times.
 */
export async function folderOfPrograms(folder: string, programs: Record<string, string>): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const [name, file] of Object.entries(programs)) {
    const path = join(folder, name)
    if (!file.endsWith('.ts')) {
      await symlink(file, path)
      continue
    }
    const cache = `NODE_COMPILE_CACHE=${quoted(join(folder, '.compiled'))}`
    await writeFile(path, `#!/bin/sh\n${cache} exec ${quoted(process.execPath)} ${quoted(file)} "$@"\n`)
    await chmod(path, 0o755)
  }
  return folder
}

/** The file of a program that this process finds in its PATH. */
export const findProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(existsSync)

/** One word for a POSIX shell, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
