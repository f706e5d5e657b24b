import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CachedBuild } from '../../scripts/cached-build.ts'
import { installInto, pythonVersion } from '../python.ts'

const requirements = join(import.meta.dirname, 'requirements.txt')

/** act, a program of Go that a Python package ships built; it needs neither Python nor Docker to run workflows on this machine. */
export const act: CachedBuild = {
  name: 'act',
  description: 'act, some seconds the first time',
  programs: 'bin',
  ingredients: () => [readFileSync(requirements, 'utf8'), readFileSync(import.meta.filename, 'utf8')],
  require: pythonVersion,
  build: async folder => {
    await installInto(folder, requirements)
    mkdirSync(join(folder, 'bin'))
    copyFileSync(join(folder, 'python/bin/act'), join(folder, 'bin/act'))
  },
}
