import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'
import { ofAzureItself, unspecified } from './exceptions.ts'
import type { Validator, Verdict } from './validator.ts'
import type { Complaint, WitnessedExchange } from './witness.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where witnesses send what they saw, to hear what is wrong with it. */
    armContract: string
  }
}

interface Judgement {
  exchange: WitnessedExchange
  verdict: Verdict
  complaints: Complaint[]
}

/**
 * Holds what all test files of a run exchange with ARM against the specs, and says at the end how much that was. There is one for all of them,
 * in the main process, because oav takes a second to load.
 */
export default async function judge({ provide }: TestProject): Promise<() => void> {
  let validator: Promise<Validator> | undefined
  const judgements = new Map<string, Judgement>()

  async function judgementOf(exchange: WitnessedExchange): Promise<Judgement> {
    const key = hash('sha256', JSON.stringify(exchange))
    const known = judgements.get(key)
    if (known) return known
    validator ??= import('./validator.ts').then(({ openValidator }) => openValidator())
    const verdict = await (await validator)(exchange)
    const judgement = { exchange, verdict, complaints: complaintsOn(exchange, verdict) }
    judgements.set(key, judgement)
    return judgement
  }

  async function complaintsOnAll(exchanges: WitnessedExchange[]): Promise<Complaint[]> {
    const complaints: Complaint[] = []
    for (const exchange of exchanges) complaints.push(...(await judgementOf(exchange)).complaints)
    return complaints
  }

  const server = createServer((request, response) => {
    json(request)
      .then(exchanges => complaintsOnAll(exchanges as WitnessedExchange[]))
      .then(
        complaints => response.end(JSON.stringify(complaints)),
        error => response.writeHead(500).end(String(error.stack)),
      )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  provide('armContract', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  return () => {
    server.close()
    server.closeAllConnections()
    if (judgements.size > 0) console.log(summaryOf([...judgements.values()]))
  }
}

function complaintsOn(exchange: WitnessedExchange, verdict: Verdict): Complaint[] {
  const { client, isFault } = exchange
  const faults = [
    ...(kindOf(exchange, verdict) === undefined
      ? ['no document has this operation, and no exception is made of it']
      : []),
    // What tests send by themselves may be wrong, to see it refused.
    ...(client === 'tests' ? [] : verdict.requestFaults.map(fault => `the request: ${fault}`)),
    ...verdict.responseFaults.map(fault => `the answer: ${fault}`),
  ]
  return faults.map(fault => {
    const text = `${titleOf(exchange)}: ${fault}`
    return { text, isFault, excuse: ofAzureItself.find(({ complaint }) => complaint.test(text))?.why }
  })
}

/** What an exchange was about; undefined where none of the documents knows, and should. */
function kindOf({ url, response }: WitnessedExchange, { operation, apiVersion }: Verdict): string | undefined {
  if (operation) return operation.split('_')[0]!
  if (apiVersion === '') return '(refused: no api-version)'
  if (response.status === 501) return '(refused: not played)'
  const known = unspecified.find(({ path }) => path.test(new URL(url).pathname))
  return known && `(in no document: ${known.what})`
}

function titleOf({ client, method, url, response }: WitnessedExchange): string {
  const { pathname, search } = new URL(url)
  return `${method} ${pathname}${search} from ${client}, answered ${response.status}`
}

/** How many exchanges were held to which version, a line for each kind of resource and version, and what was let pass. */
function summaryOf(judgements: Judgement[]): string {
  const having = (isMeant: (complaint: Complaint) => boolean): number =>
    judgements.filter(({ complaints }) => complaints.some(isMeant)).length
  const groups = Object.entries(Object.groupBy(judgements, groupOf)).map(([group, members]) => {
    const clients = Object.entries(Object.groupBy(members!, ({ exchange }) => exchange.client))
    return `${group}: ${clients.map(([client, its]) => `${client} ${its!.length}`).join(', ')}`
  })
  const passed = [
    ...ofAzureItself.map(({ why }) => [`as Azure, ${why}`, having(({ excuse }) => excuse === why)] as const),
    ['malformed by faults', having(({ excuse, isFault }) => isFault && !excuse)] as const,
  ]
  return [
    `ARM contract: ${judgements.length} different exchanges held to Azure's specs`,
    ...groups.sort(),
    ...passed.filter(([, times]) => times > 0).map(([why, times]) => `let pass, ${why}: ${times}`),
  ].join('\n  ')
}

function groupOf({ exchange, verdict }: Judgement): string {
  const { apiVersion, heldTo } = verdict
  const held = heldTo !== undefined && heldTo !== apiVersion ? `, held to ${heldTo}` : ''
  return `${kindOf(exchange, verdict)} ${apiVersion}${held}`
}
