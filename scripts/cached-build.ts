import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'

/** Programs that are made from pinned sources, and kept in the user's cache. */
export interface CachedBuild {
  /** Names the folder in the cache. */
  name: string
  /** What is made and how long it takes, for whoever waits for it. */
  description: string
  /** Where in its folder the programs are, if not at the top. */
  programs?: string
  /** Everything that the result depends on, besides the platform. */
  ingredients(): string[]
  /** Throws one sentence where the machine lacks what the build needs. */
  require(): void
  /** Makes it in an empty folder, which then becomes `destination`. */
  build(folder: string, destination: string): Promise<void>
}

/**
 * The whole of `npm run SCRIPT`: builds what is not there yet, and prints the folders of the programs, in one line as PATH wants them.
 * With names behind it, only those. With `--check` it builds nothing: exit 0 and the folders where all is built already, exit 1
 * and one line where it is not.
 */
export async function printFolders(script: string, builds: CachedBuild[]): Promise<void> {
  try {
    const { values, positionals } = parseArgs({
      options: { check: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const folders: string[] = []
    for (const build of chosen(builds, positionals)) folders.push(await built(script, build, values.check))
    console.log(folders.join(delimiter))
  } catch (error) {
    console.error(`${script}: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}

function chosen(builds: CachedBuild[], names: string[]): CachedBuild[] {
  const unknown = names.find(name => !builds.some(build => build.name === name))
  if (unknown) throw new Error(`there is no ${unknown}, only ${builds.map(({ name }) => name).join(', ')}`)
  return names.length === 0 ? builds : builds.filter(({ name }) => names.includes(name))
}

async function built(script: string, build: CachedBuild, onlyCheck: boolean): Promise<string> {
  const folder = cachedFolder(build)
  if (!existsSync(folder)) {
    if (onlyCheck) throw new Error(`not built yet: \`npm run ${script}\` builds ${folder}`)
    await make(script, build, folder)
  }
  return join(folder, build.programs ?? '')
}

function cachedFolder({ name, ingredients }: CachedBuild): string {
  const key = createHash('sha256')
    .update([...ingredients(), `${process.platform}-${process.arch}`].join(''))
    .digest('hex')
    .slice(0, 16)
  return join(cacheHome(), 'argo-aks-onboard', name, key)
}

/** A relative XDG_CACHE_HOME counts as unset: https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheHome(): string {
  const { XDG_CACHE_HOME = '' } = process.env
  return isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache')
}

/** Everything is made in a folder of this run alone, which then gets its name in one step: no other run ever meets half of it. */
async function make(script: string, { description, require, build }: CachedBuild, folder: string): Promise<void> {
  require()
  mkdirSync(dirname(folder), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    console.error(`${script}: building ${description} ...`)
    await build(unfinished, folder)
    publish(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function publish(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    const anotherRunWasFirst = existsSync(folder)
    if (!anotherRunWasFirst) throw error
  }
}
