import { Failure } from './failure.ts'

/** A call of kubectl, taken apart. */
export interface Call {
  verb: string
  /** What follows the verb and is no flag. */
  operands: string[]
  /** Flags by their long names; those without a value are `true`. */
  flags: Record<string, string>
  /** What follows `--`. */
  command: string[]
}

const everywhere = ['namespace', 'kubeconfig', 'server', 'certificate-authority', 'token', 'request-timeout']

/** Flags that each verb knows beside those that all do. A `?` marks one that needs no value, and takes one only behind `=`. */
const flagsOf: Record<string, string[]> = {
  get: ['raw', 'selector', 'field-selector', 'all-namespaces?', 'output'],
  create: ['raw', 'filename'],
  replace: ['raw', 'filename'],
  delete: ['raw', 'filename'],
  apply: ['server-side?', 'force-conflicts?', 'validate?', 'field-manager', 'output', 'filename'],
  patch: ['type', 'patch-file', 'field-manager', 'output'],
  exec: ['container'],
}

const shorthands: Record<string, string> = {
  n: 'namespace',
  A: 'all-namespaces',
  s: 'server',
  l: 'selector',
  o: 'output',
  f: 'filename',
  c: 'container',
}

/** Takes arguments apart; flags may stand anywhere, with their value behind `=` or as the next argument. Throws for what is not known. */
export function parse(args: string[]): Call {
  const call: Call = { verb: '', operands: [], flags: {}, command: [] }
  const rest = [...args]
  while (rest.length > 0) {
    const arg = rest.shift()!
    if (arg === '--') {
      call.command = rest.splice(0)
    } else if (!arg.startsWith('-')) {
      if (call.verb) call.operands.push(arg)
      else call.verb = arg
    } else {
      const [, dashes, name = '', value] = /^(--?)([^=]*)(?:=(.*))?$/s.exec(arg)!
      const flag = dashes === '--' ? name : (shorthands[name] ?? name)
      call.flags[flag] = value ?? (needsNoValue(flag) ? 'true' : (rest.shift() ?? ''))
    }
  }
  const known = flagsOf[call.verb]
  if (!known) throw unknown(`the command ${call.verb}`)
  const strange = Object.keys(call.flags).find(
    flag => !everywhere.includes(flag) && !known.includes(flag) && !known.includes(`${flag}?`),
  )
  if (strange) throw unknown(`the flag --${strange} of ${call.verb}`)
  return call
}

const needsNoValue = (flag: string): boolean => Object.values(flagsOf).some(flags => flags.includes(`${flag}?`))

/** The loud refusal of what this kubectl does not do, and the real one perhaps does. */
export const unknown = (what: string): Failure => new Failure(`error: the sandbox's kubectl does not know ${what}`)
