import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { administratorToken } from '../administrator.ts'
import type { OpenWayOut } from '../cluster-network.ts'
import type { Keyring } from '../keyring.ts'
import { folderOfPrograms } from '../programs.ts'
import type { ThrowAwayFolders } from '../throw-away-folders.ts'
import type { AksCluster } from '../world.ts'
import { kubeconfigOfCaller } from './kubeconfig.ts'

/** A command and the files that it needs, by their paths in its folder. */
export interface Command {
  command: string
  files: Record<string, Uint8Array>
  /** The caller's token for the API server; undefined where the cluster has no Entra, and the command runs as its administrator. */
  clusterToken: string | undefined
}

/** What came of a command. */
export interface Ended {
  /** The shell's; 128 and the signal's number where one ended it. */
  exitCode: number
  /** Standard output and standard error in the order in which they were written. */
  logs: string
  /** Whether it changed anything in a cluster. */
  wrote: boolean
}

/** Runs a command in a pod of a cluster that is made for it and thrown away. */
export type RunInPod = (cluster: AksCluster, command: Command) => Promise<Ended>

/** Output is cut here: https://learn.microsoft.com/azure/aks/access-private-cluster#limitations */
const LOG_LIMIT = 512 * 1024

/** Pods of run-command and their end. */
export interface CommandPods {
  run: RunInPod
  /** Ends the commands that still run. */
  stop(): void
}

/**
 * The pods in which run-command runs: processes of this machine, each in a throw-away folder. A real shell runs the command, with kubectl in
 * its PATH and nothing else: no more than that, and helm, is documented for the real image, and the sandbox has no helm. `kubectl` is the file
 * to use for it.
 */
export function commandPods(
  folders: ThrowAwayFolders,
  kubectl: string,
  keyring: Keyring,
  openWayOut: OpenWayOut,
): CommandPods {
  const stopping = new AbortController()
  let programs: Promise<string> | undefined

  const run: RunInPod = (cluster, { command, files, clusterToken }) =>
    folders.within('command', async home => {
      programs ??= folderOfPrograms(join(folders.parent, 'run-command'), { kubectl, sh: '/bin/sh' })
      const [path, wayOut] = await Promise.all([programs, openWayOut(cluster)])
      try {
        const token = clusterToken ?? (await administratorToken(keyring))
        await writeFile(join(home, 'kubeconfig'), await kubeconfigOfCaller(cluster, token, keyring))
        const work = join(home, 'command-files')
        await unpack(files, work)
        const environment = { PATH: path, HOME: home, KUBECONFIG: join(home, 'kubeconfig'), ...wayOut.environment }
        const ended = await runShell(command, work, environment, join(home, 'logs'), stopping.signal)
        return { ...ended, wrote: wayOut.requests.some(({ write }) => write) }
      } finally {
        await wayOut.close()
      }
    })

  return { run, stop: () => stopping.abort() }
}

async function unpack(files: Record<string, Uint8Array>, folder: string): Promise<void> {
  await mkdir(folder)
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (!name.endsWith('/')) await writeFile(path, content)
  }
}

async function runShell(
  command: string,
  cwd: string,
  env: Record<string, string>,
  logFile: string,
  signal: AbortSignal,
): Promise<Pick<Ended, 'exitCode' | 'logs'>> {
  const log = await open(logFile, 'a')
  // A process group of its own, so that what the shell started ends with it.
  const shell = spawn('/bin/sh', ['-c', command], { cwd, env, stdio: ['ignore', log.fd, log.fd], detached: true })
  const end = () => shell.pid && process.kill(-shell.pid, 'SIGKILL')
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const [code, ended] = (await once(shell, 'exit')) as [number | null, NodeJS.Signals | null]
  signal.removeEventListener('abort', end)
  await log.close()
  const logs = (await readFile(logFile)).subarray(0, LOG_LIMIT).toString()
  return { exitCode: code ?? 128 + constants.signals[ended!], logs }
}
