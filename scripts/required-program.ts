import { spawnSync } from 'node:child_process'

/** A program that the machine has to bring along. */
export interface RequiredProgram {
  /** What people call it. */
  name: string
  /** The oldest version that will do. */
  version: string
  /** Prints its version. */
  command: [string, ...string[]]
  env?: NodeJS.ProcessEnv
  /** Where to get it. */
  home: string
  /** What else helps where it is missing, as the end of a sentence. */
  otherwise?: string
}

/** Returns the version of a program, and throws one sentence where it is missing or too old. */
export function requireProgram(required: RequiredProgram): string {
  const { name, version, command, env = process.env, home, otherwise } = required
  const install = `install ${name} ${version} or newer (${home}) and put it on PATH`
  const remedy = otherwise ? `${install}, ${otherwise}.` : `${install}.`
  const [program, ...parameters] = command
  const { stdout, error } = spawnSync(program, parameters, { encoding: 'utf8', env })
  if (error) throw new Error(`there is no usable ${name} on PATH (${error.message}): ${remedy}`)
  const found = /\d+\.\d+\S*/.exec(stdout)?.[0]
  const isNewEnough = found !== undefined && found.localeCompare(version, 'en', { numeric: true }) >= 0
  if (!isNewEnough) throw new Error(`${name} ${found ?? 'of unknown version'} is too old: ${remedy}`)
  return found
}
