import { expect, test } from 'vitest'
import { difference, picture } from '../../sandbox/difference.ts'
import { runAction } from '../../sandbox/runner/run-action.ts'
import { enterPrepared, hub, onboardTarget, prepareHub } from '../driver/story.ts'
import { meetingPlace } from './meeting-place.ts'

const JOBS = 20
/** On a real control plane each target is one more kube-apiserver: there four jobs at a time want the same one. */
const targets = process.env.KUBEBUILDER_ASSETS ? 5 : 20
/** There a new binding counts only after a while, longer with so much going on: that takes a clock that does not jump. */
const options = { waits: process.env.KUBEBUILDER_ASSETS !== undefined }

test('twenty jobs onboard targets while one looks after the hub: each is registered once, and nothing is lost', async () => {
  const stage = await enterPrepared(meetingPlace(targets))
  const { sandbox } = stage
  const jobs = Array.from({ length: JOBS }, (_, job) => ({
    ...onboardTarget,
    'target-cluster': `dev-rg/dev-${job % targets}`,
  }))
  const before = await picture(sandbox)

  // The log of a sandbox does not say whose a request is: what each job sent is looked at together.
  const runs = await Promise.all(
    [prepareHub, ...jobs].map(inputs => runAction(sandbox, { ...stage.caller, ...inputs }, options)),
  )

  for (const { exitCode, log } of runs) expect(exitCode, log).toBe(0)
  const registered = (await sandbox.objects(hub)).filter(({ kind }) => kind === 'Secret')
  const names = registered.map(({ data }) => Buffer.from((data as { name: string }).name, 'base64').toString())
  expect(names.sort()).toEqual(Array.from({ length: targets }, (_, target) => `dev-${target}`).sort())
  const changed = difference(before, await picture(sandbox)).filter(({ field }) => field === '')
  const made = changed.map(({ resource }) => /^\S+ ([a-z]+)/i.exec(resource)?.[1]).sort()
  expect(made).toEqual([...Array(targets).fill('ClusterRoleBinding'), ...Array(targets).fill('Secret')])

  const again = await Promise.all(
    [prepareHub, ...jobs.slice(0, targets)].map(inputs =>
      runAction(sandbox, { ...stage.caller, ...inputs, verify: 'false' }, options),
    ),
  )
  expect(again.map(({ outputs }) => outputs.changed)).toEqual(Array(targets + 1).fill('false'))
}, 600_000)
