import { describe, expect, test } from 'vitest'
import { createKeyring } from '../../sandbox/keyring.ts'
import { jobLog, shownUnmasked } from '../../sandbox/runner/job-log.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { type ActionRun, commandFile } from '../../sandbox/runner/step.ts'
import { fork } from '../../sandbox/world.ts'
import { worlds } from '../../sandbox/worlds/index.ts'
import { titleOf } from '../driver/cuts.ts'
import { inSandbox, worldAfter } from '../driver/in-sandbox.ts'
import { runInProcess } from '../driver/run-in-process.ts'
import { callerOf, onboardTarget, prepareHub } from '../driver/story.ts'

// Worlds are forked here, and the objects of a real control plane are not in the world.
delete process.env.KUBEBUILDER_ASSETS

describe('the log as GitHub shows it', () => {
  test('folds groups, hides what was masked from then on, and takes commands out', () => {
    const output = [
      'before s3cret',
      '::add-mask::s3cret',
      '::group::Plan%25',
      'a s3cret within',
      '::endgroup::',
      '::debug::only with debug logging',
      '::warning title=Careful::one%0Atwo',
      '::error::too bad, s3cret',
    ].join('\n')
    expect(jobLog(output).split('\n')).toEqual([
      'before s3cret',
      '▸ Plan%',
      '    a *** within',
      'Warning: one',
      'Warning: two',
      'Error: too bad, ***',
    ])
    expect(shownUnmasked(output, 's3cret')).toEqual(['before s3cret'])
  })

  test("hides the runner's own secrets from the start", () => {
    expect(jobLog('with s3cret', ['s3cret'])).toBe('with ***')
    expect(shownUnmasked('with s3cret', 's3cret', ['s3cret'])).toEqual([])
  })
})

test('outputs are read as the runner reads them', () => {
  expect(commandFile('a<<ghadelimiter_1\none\ntwo\nghadelimiter_1\nb<<ghadelimiter_2\n\nghadelimiter_2\n')).toEqual({
    a: 'one\ntwo',
    b: '',
  })
})

describe('a run within this process', async () => {
  const keyring = await createKeyring()
  const fresh = worlds['first-light']!()
  const caller = callerOf(fresh)

  test('says and does what one in a process of its own does', async () => {
    const start = await worldAfter(fresh, keyring, { ...caller, ...prepareHub })
    const by = (run: typeof runInProcess) =>
      inSandbox(fork(start), { keyring }, sandbox => run(sandbox, { ...caller, ...onboardTarget }))
    const inProcess = await by(runInProcess)
    expect(essence(inProcess)).toEqual(essence(await by(runAction)))
  })

  test('waits for nothing, and leaves the process as it was', async () => {
    const before = { env: process.env, exitCode: process.exitCode, setTimeout, write: process.stdout.write }
    const start = performance.now()
    const run = await inSandbox(worlds['rollout-hangs']!(), { keyring }, sandbox =>
      runInProcess(sandbox, { ...callerOf(sandbox.world), ...prepareHub }),
    )
    expect(run).toMatchObject({ exitCode: 1, log: expect.stringContaining('is not over after 10 minutes') })
    expect(performance.now() - start).toBeLessThan(60_000)
    expect({ env: process.env, exitCode: process.exitCode, setTimeout, write: process.stdout.write }).toEqual(before)
  })

  test('does not begin while another is under way', async () => {
    await inSandbox(fork(fresh), { keyring }, async sandbox => {
      const first = runInProcess(sandbox, { ...caller, ...prepareHub, 'dry-run': 'true' })
      await expect(runInProcess(sandbox, { ...caller, ...prepareHub })).rejects.toThrow('Another run of the action')
      expect((await first).exitCode).toBe(0)
    })
  })
})

/** What does not depend on the order of what happens side by side. */
const essence = ({ exitCode, signal, log, outputs, summary, leftBehind, requests }: ActionRun) => ({
  exitCode,
  signal,
  leftBehind,
  outputs: { ...outputs, proof: JSON.parse(outputs.proof!).length },
  log: log.split('\n').sort(),
  summary: summary.split('\n').sort(),
  requests: requests.map(titleOf).sort(),
})
