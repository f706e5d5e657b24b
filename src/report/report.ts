import * as core from '@actions/core'
import type { Outcome } from '../apply.ts'
import { sentence } from '../failure.ts'
import type { Action, Plan, Refusal } from '../plan.ts'
import type { Link } from '../proof/link.ts'
import { count, ended, planned, proved } from './render.ts'
import type { Secrets } from './secrets.ts'

/** What a run tells while it goes on. */
export interface Report {
  /** What a run that is cut off here leaves behind, in words. */
  soFar(): string
  observing<T>(observe: () => Promise<T>): Promise<T>
  plan(plan: Plan): void
  /** A permission that a dry run found missing. */
  lacking(refusal: Refusal): void
  /** The first write of an action is about to be sent. */
  begun(action: Action): void
  outcome(outcome: Outcome): void
  progress(action: Action, progress: string): void
  proving(prove: () => Promise<Link[]>): Promise<Link[]>
}

/** Where a report is written. */
export interface Page {
  say(text: string): void
  /** Lines that a reader opens when they are wanted. */
  fold(title: string, lines: string[]): void
  warn(text: string, title?: string): void
}

/**
 * One line of the log, whatever a cluster or Azure answered: a line of its own might pass for a command to the runner
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
 */
const say = (text: string): void => core.info(text.replaceAll(/[\r\n]+/g, ' '))

/** The job's log as GitHub shows it. */
export const logOfJob: Page = {
  say,
  fold(title, lines) {
    core.startGroup(title)
    for (const line of lines) say(line)
    core.endGroup()
  },
  warn: (text, title) => core.warning(text, title ? { title } : {}),
}

/** Reports to the job's log: the plan's fields fold away, what was done and proven stays in sight. */
export function jobLog(subject: string, { hide }: Pick<Secrets, 'hide'>, { say, fold, warn } = logOfJob): Report {
  const written: string[] = []
  const underWay = new Set<string>()
  return {
    soFar() {
      const parts = [
        ...(written.length > 0 ? [`written so far: ${written.join('; ')}`] : []),
        ...(underWay.size > 0 ? [`under way, and perhaps written: ${[...underWay].join('; ')}`] : []),
      ]
      return parts.join('; ') || 'nothing was written'
    },
    async observing(observe) {
      say(`Reading ${subject}`)
      return observe()
    },
    plan(plan) {
      fold(`Plan: ${count(plan)}`, plan.actions.flatMap(planned))
      for (const warning of plan.warnings ?? []) warn(sentence(warning))
    },
    lacking(refusal) {
      warn(sentence(refusal), 'A permission is missing for this plan')
    },
    begun(action) {
      underWay.add(action.id)
    },
    outcome(outcome) {
      underWay.delete(outcome.action.id)
      if (outcome.kind === 'done' && outcome.action.writes.length > 0) written.push(ended(outcome))
      say(ended(outcome))
    },
    progress(action, progress) {
      say(`  ${action.id}: ${progress}`)
    },
    async proving(prove) {
      const links = (await prove()).map(link => ({ ...link, detail: hide(link.detail) }))
      for (const link of links) say(proved(link))
      return links
    },
  }
}
