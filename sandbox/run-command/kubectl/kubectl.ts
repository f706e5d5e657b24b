/**
 * The kubectl of run-command where there is no real one: it knows the calls that the action makes, answers them word for word as kubectl does,
 * and refuses all others.
 */
import { apply } from './apply.ts'
import { type Call, parse, unknown } from './arguments.ts'
import { Failure } from './failure.ts'
import { get } from './get.ts'
import { patch } from './patch.ts'
import { raw } from './raw.ts'

async function run(call: Call): Promise<void> {
  if (call.flags.raw !== undefined) return raw(call)
  if (call.verb === 'get') return get(call)
  if (call.verb === 'apply') return apply(call)
  if (call.verb === 'patch') return patch(call)
  // Web sockets take as long to load as all the rest.
  if (call.verb === 'exec') return (await import('./exec.ts')).exec(call)
  throw unknown(`${call.verb} without --raw`)
}

try {
  await run(parse(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
