import * as core from '@actions/core'
import { jobLog, logOfJob, type Page, type Report } from './report.ts'
import type { Secrets } from './secrets.ts'
import type { TargetResult } from './target-result.ts'

/** What is told while many targets are worked on side by side. */
export interface FleetLog {
  soFar(): string
  begin(count: number): void
  /** The report of one target, which comes out in one piece when the target is done: its lines would not be told apart otherwise. */
  of(reference: string): Report
  done(result: TargetResult): void
}

const SIGNS = { onboarded: '~', unchanged: '=', planned: '~', failed: '!', skipped: '.' } as const

/** Reports to the job's log, a fold for each target. */
export function fleetLog(secrets: Pick<Secrets, 'hide'>): FleetLog {
  const underWay = new Map<string, { report: Report; lines: string[] }>()
  const written: string[] = []
  let total = 0
  let ended = 0
  return {
    soFar() {
      const open = [...underWay].map(([reference, { report }]) => `${reference}: ${report.soFar()}`)
      return [
        `${ended} of ${total} targets are done${written.length > 0 ? `, ${written.length} of them changed` : ''}`,
        ...open,
      ].join('; ')
    },
    begin(count) {
      total = count
    },
    of(reference) {
      const lines: string[] = []
      const page: Page = {
        say: line => lines.push(line),
        fold: (title, folded) => lines.push(title, ...folded.map(line => `    ${line}`)),
        warn: (text, title = 'Beforehand') => lines.push(`${title}: ${text}`),
      }
      const report = jobLog(reference, secrets, page)
      underWay.set(reference, { report, lines })
      return report
    },
    done({ reference, outcome, changed, error }) {
      const lines = underWay.get(reference)?.lines ?? []
      underWay.delete(reference)
      ended += 1
      if (changed) written.push(reference)
      const title = `${SIGNS[outcome]} ${reference}: ${outcome} (${ended} of ${total})`
      if (outcome === 'unchanged') logOfJob.say(title)
      else logOfJob.fold(title, lines)
      if (outcome === 'failed') core.error(error!, { title: reference })
      if (outcome === 'skipped') core.notice(error!, { title: reference })
    },
  }
}
