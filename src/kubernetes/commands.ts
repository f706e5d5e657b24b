import { randomBytes } from 'node:crypto'
import { zipSync } from 'fflate'
import { Failure } from '../failure.ts'
import { SCRIPT } from './run-command-script.ts'

/** One kubectl call within a cluster. */
export interface Request {
  /** What becomes of its standard output, see `SCRIPT`. */
  treatment: 'print' | 'discard' | 'cluster-secrets' | 'cluster-logins'
  /** kubectl's arguments; none may hold a line break. */
  arguments: string[]
  /** A file that an argument names: `flag` and its path are added. */
  file?: { flag: string; content: string }
  /** Further files for the script, by name; requests of one batch share them, so a name always has the same content. */
  files?: Record<string, string>
}

/** What became of it: standard output, or standard error where the exit code is not 0. */
export type Reply = { kind: 'reply'; exitCode: number; text: string } | { kind: 'too large' }

/** The way into a cluster by ARM's run-command. */
export interface Commands {
  /** Sends a request; those of one moment go in one command, since each command costs a pod. */
  send(request: Request): Promise<Reply>
}

/** Runs `COMMAND` in a folder that holds the files of a zip, base64, and returns what it printed. */
export type RunCommand = (context: string) => Promise<string>

/** How many requests a command carries: each brings files along, and all of them have to be through before Azure loses patience. */
const MOST = 100

/** Everything that differs from one command to the next is in its files. */
export function commandsOn(cluster: string, run: RunCommand): Commands {
  let waiting: { request: Request; resolve: (reply: Reply) => void; reject: (error: unknown) => void }[] = []

  async function flush() {
    let batch = waiting
    waiting = []
    try {
      while (batch.length > 0) {
        const some = batch.slice(0, MOST)
        const replies = await carryOut(some.map(({ request }) => request))
        const left = some.filter((_, index) => !replies.has(index))
        if (left.length === some.length) throw incomplete(cluster)
        for (const [index, reply] of replies) some[index]!.resolve(reply)
        batch = [...left, ...batch.slice(MOST)]
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async function carryOut(requests: Request[]): Promise<Map<number, Reply>> {
    const nonce = randomBytes(12).toString('hex')
    const files: Record<string, string> = { 'run.sh': SCRIPT, nonce: `${nonce}\n` }
    for (const [index, request] of requests.entries()) {
      const name = `file-${index}`
      const args = request.file ? [...request.arguments, request.file.flag, name] : request.arguments
      files[`request-${index}`] = [request.treatment, ...args, ''].join('\n')
      if (request.file) files[name] = request.file.content
      for (const [name, content] of Object.entries(request.files ?? {})) {
        if (files[name] && files[name] !== content) throw new Error(`two requests of one command differ in ${name}`)
        files[name] = content
      }
    }
    const zip = zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
    return replies(nonce, await run(Buffer.from(zip).toString('base64')), cluster)
  }

  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ request, resolve, reject })
      })
    },
  }
}

/** The replies between the lines that begin with the nonce, by the number of their request; what was left out for size is not there. */
function replies(nonce: string, logs: string, cluster: string): Map<number, Reply> {
  const parts = `\n${logs}`.split(`\n${nonce} `).slice(1)
  if (parts.at(-1)?.trim() !== 'end') throw incomplete(cluster)
  const found = new Map<number, Reply>()
  for (const part of parts.slice(0, -1)) {
    const [, number, outcome = '', text = ''] = /^(\d+) (\S+)(?:\n([\s\S]*))?$/.exec(part) ?? []
    if (number === undefined || outcome === 'left') continue
    const reply: Reply =
      outcome === 'too-large' ? { kind: 'too large' } : { kind: 'reply', exitCode: Number(outcome), text }
    found.set(Number(number), reply)
  }
  return found
}

const incomplete = (cluster: string) =>
  new Failure({
    what: `The run-command on ${cluster} did not answer completely`,
    why: 'its output ends before the last reply, as when the pod is evicted or its output is cut',
    remedy: 'Run again; if it repeats, look at the events of namespace aks-command',
  })
