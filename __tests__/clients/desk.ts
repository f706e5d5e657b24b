import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** How a command line ended. */
export interface Ending {
  exitCode: number
  stdout: string
  stderr: string
}

/**
 * A place to work at, with the real clients on PATH: an empty home and the variables of a proxy user, nothing else of this machine.
 * What the clients store there (sessions, tokens, kubeconfigs) ends with it.
 */
export interface Desk {
  home: string
  environment: Record<string, string>
  /** Runs a command line, and throws with all that it printed where it fails. */
  run(commandLine: string): Promise<string>
  /** Runs a command line that may end in any way. */
  try(commandLine: string): Promise<Ending>
  /** Puts a file into the home. */
  write(name: string, content: string | object): Promise<void>
  leave(): Promise<void>
}

/** Sits down at a new desk before a sandbox. */
export async function sitDown(sandbox: Sandbox, variables: Record<string, string> = {}): Promise<Desk> {
  const home = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-desk-'))
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '', REQUESTS_CA_BUNDLE = '' } = sandbox.environment
  const environment = {
    ...{ HOME: home, PATH: process.env.PATH ?? '', HTTPS_PROXY, SSL_CERT_FILE, REQUESTS_CA_BUNDLE },
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    ...variables,
  }

  const attempt = (commandLine: string): Promise<Ending> =>
    new Promise(resolve => {
      execFile('/bin/sh', ['-c', commandLine], { cwd: home, env: environment }, (error, stdout, stderr) => {
        resolve({ exitCode: error ? Number(error.code ?? 1) : 0, stdout, stderr })
      })
    })

  return {
    home,
    environment,
    try: attempt,
    run: async commandLine => {
      const { exitCode, stdout, stderr } = await attempt(commandLine)
      if (exitCode !== 0) throw new Error(`${commandLine}\nended with exit code ${exitCode}\n${stdout}\n${stderr}`)
      return stdout
    },
    write: (name, content) =>
      writeFile(join(home, name), typeof content === 'string' ? content : JSON.stringify(content)),
    // az may have left a process behind that still writes.
    leave: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }),
  }
}
