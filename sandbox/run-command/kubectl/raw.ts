import type { Call } from './arguments.ts'
import { readFile, serverOf } from './server.ts'

const methods: Record<string, string> = { get: 'GET', create: 'POST', replace: 'PUT', delete: 'DELETE' }

/** `get|create|replace|delete --raw PATH [--filename FILE]`: prints an answer as it comes. */
export async function raw(call: Call): Promise<void> {
  const { raw = '', filename } = call.flags
  const body = filename === undefined ? '' : readFile(filename)
  process.stdout.write(await serverOf(call).send(methods[call.verb]!, raw, body))
}
