import { hash } from 'node:crypto'
import { relative } from 'node:path'
import { afterAll, afterEach, expect, inject } from 'vitest'
import { armHosts } from '../../sandbox/arm/hosts.ts'
import { tidyPath } from '../../sandbox/arm/resource-id.ts'
import { onTheWire } from '../../sandbox/exchange.ts'
import { type Exchange, exchanges } from '../../sandbox/traffic.ts'
import { malformedOnPurpose } from './exceptions.ts'
import type { ArmExchange } from './validator.ts'

/** An exchange with ARM, and what the judge has to know about it. */
export interface WitnessedExchange extends ArmExchange {
  client: 'az' | 'action' | 'tests'
  /** Whether a fault answered in place of ARM. */
  isFault: boolean
}

/** One thing that is wrong with an exchange. */
export interface Complaint {
  text: string
  /** Why it may be so. */
  excuse?: string | undefined
  isFault: boolean
}

/** Headers that the specs speak of; the others hold ids that differ from one exchange to the next. */
const headersOfTheSpecs = ['content-type', 'if-match', 'if-none-match', 'location', 'azure-asyncoperation']

/** A time, in a body or a query: it alone makes no exchange another one. */
const moment = /\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d([.]\d+)?Z/g

const witnessed = new Set<string>()
let unjudged: WitnessedExchange[] = []

exchanges.subscribe(message => {
  const { request, response, isFault } = message as Exchange
  if (!armHosts.includes(request.host)) return
  const { method, host, path, query, headers, body } = request
  const answer = onTheWire(response)
  const exchange: WitnessedExchange = {
    client: clientOf(headers['user-agent']),
    isFault,
    method,
    url: `https://${host}${tidyPath(path)}?${query}`,
    request: { headers: specified(headers), body },
    response: { status: answer.status, headers: specified(answer.headers), body: answer.body.toString() },
  }
  const key = hash('sha256', JSON.stringify(exchange).replaceAll(moment, ''))
  if (witnessed.has(key)) return
  witnessed.add(key)
  unjudged.push(exchange)
})

/** What is wrong with the exchanges since this was last asked. */
export async function complaints(): Promise<Complaint[]> {
  if (unjudged.length === 0) return []
  const body = JSON.stringify(unjudged)
  unjudged = []
  const answer = await fetch(inject('armContract'), { method: 'POST', body })
  if (!answer.ok) throw new Error(await answer.text())
  return (await answer.json()) as Complaint[]
}

afterEach(expectNoComplaints)
afterAll(expectNoComplaints)

async function expectNoComplaints(): Promise<void> {
  const isMalformedOnPurpose = relative(process.cwd(), expect.getState().testPath!) in malformedOnPurpose
  const found = (await complaints()).filter(({ excuse, isFault }) => !excuse && !(isFault && isMalformedOnPurpose))
  expect(
    found.map(({ text }) => text),
    "exchanges with ARM that Azure's specs do not allow",
  ).toEqual([])
}

const specified = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => headersOfTheSpecs.includes(name.toLowerCase())))

function clientOf(userAgent = ''): WitnessedExchange['client'] {
  if (userAgent.startsWith('argo-aks-onboard')) return 'action'
  return /\bAZURECLI\b/.test(userAgent) ? 'az' : 'tests'
}
