import { beforeAll, describe, expect, test } from 'vitest'
import { comparable } from '../../sandbox/difference.ts'
import { createKeyring } from '../../sandbox/keyring.ts'
import type { LoggedRequest } from '../../sandbox/sandbox.ts'
import { fork, type World } from '../../sandbox/world.ts'
import type { Resources } from '../driver/cuts.ts'
import { inSandbox, worldAfter } from '../driver/in-sandbox.ts'
import { runJobs } from '../driver/jobs.ts'
import { callerOf, prepareHub } from '../driver/story.ts'
import { turnsOf } from '../driver/turns.ts'
import { meetingPlace } from './meeting-place.ts'

// Worlds are forked here, and the objects of a real control plane are not in the world.
delete process.env.KUBEBUILDER_ASSETS

type Job = Record<string, string>

const seeds = Array.from({ length: 25 }, (_, index) => index + 1)
const keyring = await createKeyring()
const place = meetingPlace(3)
const onboard = (name: string): Job => ({ mode: 'target', 'target-cluster': `dev-rg/${name}` })

/** Five jobs, the world in which they meet, and whether they meet in a way that Azure or an API server notices. */
const meetings: [title: string, start: World, jobs: Job[], conflicts: boolean][] = [
  ['five jobs prepare one hub', place, Array<Job>(5).fill({ ...prepareHub, verify: 'false' }), true],
  [
    'one job looks after the hub, and four onboard targets there, two of them the same',
    await worldAfter(place, keyring, { ...callerOf(place), ...prepareHub }),
    [prepareHub, onboard('dev-0'), onboard('dev-1'), onboard('dev-1'), onboard('dev-2')],
    false,
  ],
]

describe.each(meetings)('%s', (_title, start, jobs, mayConflict) => {
  const steps = jobs.map(job => ({ ...callerOf(start), ...job }))
  let conflicts = 0

  let oneAfterTheOther: Resources
  beforeAll(async () => {
    const world = fork(start)
    await inSandbox(world, { keyring }, async sandbox => {
      for (const step of steps) expect(await runJobs(sandbox, [step])).toEqual([''])
    })
    oneAfterTheOther = comparable(world)
  })

  test.each(seeds)('in order %i of their requests, they end as if one came after the other', async seed => {
    const world = fork(start)
    const { turn, stop } = turnsOf(seed)
    await inSandbox(world, { keyring, turn }, async sandbox => {
      const failures = await runJobs(sandbox, steps)
      stop()
      expect(failures).toEqual(steps.map(() => ''))
      conflicts += sandbox.requests.filter(isConflict).length
    })
    expect(comparable(world)).toEqual(oneAfterTheOther)
  })

  test.runIf(mayConflict)('they do get into conflicts on the way', () => {
    expect(conflicts).toBeGreaterThan(0)
  })
})

const isConflict = ({ status }: LoggedRequest): boolean => status === 409 || status === 412
