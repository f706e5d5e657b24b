import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'))
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const action = read('action.yml')
const fleet = read('.github/workflows/fleet.yml')
const { inputs, secrets } = fleet.on.workflow_call

interface Job {
  uses?: string
  with?: Record<string, string>
  secrets?: Record<string, string>
  steps?: { uses?: string; with?: Record<string, string> }[]
}
const jobsOf = (file: string): Job[] => Object.values(read(file).jobs)

describe.each([
  '.github/workflows/fleet.yml',
  'examples/fleet.yml',
  'examples/hub.yml',
  'examples/matrix.yml',
  'examples/target.yml',
])('%s', file => {
  test('sets inputs that there are', () => {
    const steps = jobsOf(file).flatMap(({ steps = [] }) => steps)
    const ours = steps.filter(({ uses }) => uses?.startsWith('org/argo-aks-onboard@'))
    for (const step of ours)
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})))
    const calls = jobsOf(file).filter(({ uses }) => uses?.includes('/fleet.yml@'))
    for (const call of calls) {
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(call.with ?? {})))
      expect(Object.keys(call.secrets ?? {})).toEqual(Object.keys(secrets))
    }
    expect(ours.length + calls.length).toBeGreaterThan(0)
  })
})

test('the reusable workflow uses what it declares, and declares what it uses', () => {
  const used = new Set([...text('.github/workflows/fleet.yml').matchAll(/inputs\.([a-z-]+)/g)].map(([, name]) => name))
  expect([...used].sort()).toEqual(Object.keys(inputs).sort())
})

test('every input for a target that all may have in common can be set for a fleet, but for what is set by other means', () => {
  const byOtherMeans = ['mode', 'login', 'tenant-id', 'client-id', 'subscription-id', 'target-cluster', 'concurrency']
  const ofOneAlone = ['secret-name', 'server', 'tls-server-name']
  const ofTheHub = ['service-account', 'hub-cluster-role', 'token-source', 'assign-identity', 'tags']
  const others = [...byOtherMeans, ...ofOneAlone, ...ofTheHub]
  expect(Object.keys(action.inputs).filter(name => !others.includes(name) && !(name in inputs))).toEqual([])
})
