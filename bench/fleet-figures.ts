import type { Fleet, Measured } from './fleet.ts'
import { targetsIn, withFleet } from './fleet.ts'
import { table } from './table.ts'

const withoutProof = { verify: 'false' }

/** Fleets of each size in one job: onboarded, and then found as they should be. `inputs` are those of the job beside that. */
export async function fleetsOfSizes(sizes: number[], inputs: Record<string, string>): Promise<string> {
  const rows: string[][] = []
  const first = new Map<string, Measured>()
  for (const count of sizes) {
    await withFleet({ count }, async fleet => {
      const row = (what: string, run: Measured, lost: string) => {
        const one = first.get(what) ?? run
        first.set(what, one)
        const times = (of: (run: Measured) => number) => `${(of(run) / of(one)).toFixed(1)} x`
        rows.push([
          `${count} targets, ${what}`,
          expected(run, 0),
          lost,
          (run.requests.length / count).toFixed(2),
          String(run.requests.filter(({ write }) => write).length),
          megabytes(run.peakMemory),
          `${seconds(run.milliseconds)} (${times(({ milliseconds }) => milliseconds)})`,
          `${seconds(run.cpuMilliseconds)} (${times(({ cpuMilliseconds }) => cpuMilliseconds)})`,
        ])
      }
      const job = { ...withoutProof, ...inputs }
      row('fresh, by tag', await fleet.onboard(job), await lostOf(fleet))
      row('nothing to do, by tag', await fleet.onboard(job), await lostOf(fleet))
      const listed = await fleet.onboard({ ...job, targets: fleet.targets.join('\n') })
      row('nothing to do, listed', listed, await lostOf(fleet))
    })
  }
  const head = ['fleet', 'exit code', 'lost', 'requests a target', 'writes', 'peak memory', 'time', 'processor time']
  return table(head, rows)
}

/** A fleet of which 2 % are broken, in ten ways; with and without ARM's limits. */
export async function fleetInTrouble(count: number, inputs: Record<string, string>): Promise<string> {
  const rows: string[][] = []
  for (const throttling of [undefined, true] as const) {
    const wish = { count, broken: Math.max(10, Math.round(count * 0.02)), ...(throttling && { throttling }) }
    await withFleet(wish, async (fleet, broken) => {
      // The limits are counted by the clock of the sandbox, so that the action has to keep to it.
      const run = await fleet.onboard({ ...withoutProof, ...inputs }, { waits: throttling === true })
      const results = targetsIn(run)
      const withReason = broken.filter(({ reference, breakage }) =>
        breakage.reason.test(results.find(({ id }) => id === reference)?.error ?? ''),
      )
      rows.push([
        `${count} targets, ${broken.length} broken${throttling ? ', throttled' : ''}`,
        expected(run, 1),
        await lostOf(fleet),
        `${withReason.length} of ${broken.length}`,
        String(run.requests.filter(({ status }) => status === 429).length),
        megabytes(run.peakMemory),
        seconds(run.milliseconds),
      ])
    })
  }
  return table(['fleet', 'exit code', 'lost', 'told why', 'answers 429', 'peak memory', 'time'], rows)
}

async function lostOf(fleet: Fleet): Promise<string> {
  const amiss = await fleet.amiss()
  return amiss.length === 0 ? '0' : `${amiss.length}: ${amiss.slice(0, 3).join(', ')}`
}

function expected({ exitCode, log }: Measured, code: number): string {
  if (exitCode !== code) console.error(log.slice(-4000))
  return exitCode === code ? String(exitCode) : `${exitCode} in place of ${code}`
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
