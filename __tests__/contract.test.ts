import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { AzureCloud } from '../src/azure/cloud.ts'
import { hubOutputs } from '../src/hub/mode.ts'
import { type HubInputs, readInputs, type TargetInputs } from '../src/inputs.ts'
import { discoveryOutputs } from '../src/report/discovery.ts'
import { fleetOutputs } from '../src/report/fleet-outputs.ts'
import { targetOutputs } from '../src/target/mode.ts'

const root = join(import.meta.dirname, '..')
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8'))

/** The smallest step of each mode, as the runner sets its inputs. */
const hub = {
  INPUT_MODE: 'hub',
  'INPUT_HUB-CLUSTER': 'rg/hub',
  AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000000',
}
const steps = { hub, target: { ...hub, INPUT_MODE: 'target', 'INPUT_TARGET-CLUSTER': 'rg/target' } }

describe('action.yml', () => {
  test('declares every input that is read, and no other', () => {
    const read = new Set<string>()
    const watched = (environment: NodeJS.ProcessEnv) =>
      new Proxy(environment, {
        get: (target, name: string) => {
          if (name.startsWith('INPUT_')) read.add(name.slice('INPUT_'.length).toLowerCase())
          return target[name]
        },
      })
    readInputs(watched(steps.hub))
    readInputs(watched(steps.target))
    expect([...read].sort()).toEqual(Object.keys(action.inputs).sort())
  })

  test('declares every output that is set, and no other', () => {
    const source = readFileSync(join(root, 'src/report/outputs.ts'), 'utf8')
    const ofEveryMode = [...source.matchAll(/setOutput\('([^']+)'/g)].map(([, name]) => name!)
    const nothing = {
      seen: { identity: {}, target: { endpoint: {}, cluster: { tags: {} } }, cluster: { location: '' }, workloads: [] },
      plan: { actions: [] },
      outcomes: [],
    } as never
    const ofHub = Object.keys(hubOutputs(readInputs(steps.hub) as HubInputs, nothing))
    const ofTarget = Object.keys(
      targetOutputs(readInputs(steps.target) as TargetInputs, nothing, { cloud: AzureCloud }),
    )
    const { left: _, ...ofFleet } = { ...fleetOutputs([]), ...discoveryOutputs([]) }
    expect([...new Set([...ofEveryMode, ...ofHub, ...ofTarget, ...Object.keys(ofFleet)])].sort()).toEqual(
      Object.keys(action.outputs).sort(),
    )
  })

  test.each(['hub', 'target'] as const)('its defaults mean what an empty input means, in mode %s', mode => {
    const defaults = Object.fromEntries(
      Object.entries<{ default?: string }>(action.inputs).flatMap(([name, input]) =>
        input.default === undefined ? [] : [[`INPUT_${name.toUpperCase()}`, input.default]],
      ),
    )
    expect(readInputs({ ...defaults, ...steps[mode] })).toEqual(readInputs(steps[mode]))
  })

  test('describes every input and output', () => {
    for (const [name, { description }] of Object.entries<{ description: string }>({
      ...action.inputs,
      ...action.outputs,
    }))
      expect(description, name).toMatch(/^\S.*[.]$/s)
  })

  test('starts the bundle on the Node that the project is built for', () => {
    expect(action.runs).toEqual({
      using: `node${readFileSync(join(root, '.node-version'), 'utf8').trim()}`,
      main: 'dist/index.js',
    })
    expect(existsSync(join(root, action.runs.main))).toBe(true)
  })
})

describe('what is generated is up to date', () => {
  test.each([
    ['README.md from action.yml', 'docs.ts'],
    ['dist/ from src/', 'build.ts'],
  ])('%s', async (_what, script) => {
    await promisify(execFile)(process.execPath, [join(root, 'scripts', script), '--check'])
  })
})

describe('src', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => file.replaceAll('\\', '/'))
  const imports = sources.flatMap(file => importsOf(join(root, 'src', file)).map(imported => ({ file, imported })))

  /** Which files import a module whose name matches. */
  const importers = (name: RegExp) =>
    new Set(imports.filter(({ imported }) => name.test(imported)).map(({ file }) => file))

  test('imports nothing of the project but itself', () => {
    expect([...importers(/^\.\.\//)]).toEqual([])
  })

  test.each([
    { only: 'azure/', imports: /^@azure\// },
    { only: 'kubernetes/', imports: /^(@kubernetes\/client-node|undici)$/ },
    { only: '(index|main)\\.ts|report/', imports: /^@actions\// },
  ])('only $only imports $imports', ({ only, imports: name }) => {
    expect([...importers(name)].filter(file => !new RegExp(`^(${only})`).test(file))).toEqual([])
  })

  test('names hosts and audiences of a cloud in azure/cloud.ts alone, so that they move together', () => {
    const named = sources.flatMap(file => {
      const code = readFileSync(join(root, 'src', file), 'utf8').replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/.*$/gms, '')
      return OF_ONE_CLOUD.test(code) ? [file] : []
    })
    expect(named).toEqual(['azure/cloud.ts'])
  })
})

/** What one cloud calls its own; an application id and a role are the same in all of them. */
const OF_ONE_CLOUD =
  /microsoftonline|login\.windows\.net|azmk8s|azk8s|prod-aks|graph\.microsoft|(management|portal)\.[\w.]*(azure|cloudapi)|AzureADTokenExchange/

/** The modules that a source file imports: packages by name, files by their path relative to src/. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) =>
    name!.startsWith('.') ? relative(join(root, 'src'), resolve(dirname(file), name!)).replaceAll('\\', '/') : name!,
  )
}
