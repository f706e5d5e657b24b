import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A program that runs in a throw-away folder of its own, and no longer than this process does. */
export interface Program {
  /** Rejects, with the end of its log, when the program ends before it is stopped. */
  failure: Promise<never>
  stop(): Promise<void>
}

/**
 * The shell that stands between this process and a program. It reads from a pipe that the kernel closes however this
 * process ends, SIGKILL included, and then takes the program and its folder along.
 */
const supervise = '"$@" & exec 2>&-; read -r _; kill -KILL $!; wait; rm -rf -- "$0"'

/** Starts a program; `argumentsIn` gets a function that puts a file into the program's folder and returns its path. */
export async function startProgram(
  path: string,
  argumentsIn: (file: (name: string, content: string) => Promise<string>, folder: string) => Promise<string[]>,
): Promise<Program> {
  const name = basename(path)
  const folder = await mkdtemp(join(tmpdir(), `argo-aks-onboard-${name}-`))
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const programArguments = await argumentsIn(file, folder)
  // In a group of its own, so that Ctrl-C reaches this process only, which then stops the program.
  const shell = spawn('sh', ['-c', supervise, folder, path, ...programArguments], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  const exit = once(shell, 'exit')
  let log = ''
  shell.stderr.setEncoding('utf8').on('data', text => {
    log = (log + text).slice(-4000)
  })

  let isStopped = false
  const failure = once(shell.stderr, 'close').then(() => {
    if (isStopped) return new Promise<never>(() => {})
    throw new Error(`${name} ended by itself. The end of its log:\n${log}`)
  })
  // Whoever waits for something of the program hears of it; where nobody does, the next request says that nothing answers.
  failure.catch(() => {})
  return {
    failure,
    stop: async () => {
      isStopped = true
      shell.stdin.end()
      await exit
    },
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(probes.map(probe => once(probe, 'listening')))
  const ports = probes.map(probe => (probe.address() as AddressInfo).port)
  await Promise.all(probes.map(probe => once(probe.close(), 'close')))
  return ports
}
