import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import type { Administer } from '../administrator.ts'
import type { OpenWayOut } from '../cluster-network.ts'
import type { Keyring } from '../keyring.ts'
import { folderOfPrograms } from '../programs.ts'
import type { ThrowAwayFolders } from '../throw-away-folders.ts'
import type { AksCluster, KubernetesObject } from '../world.ts'
import { type Container, environmentOf } from './environment.ts'
import { projectedTokens } from './projected-tokens.ts'

/** Takes what a program says on one of its two streams. */
export type Said = (stream: 'stdout' | 'stderr', chunk: string | Buffer) => void

/** Runs a program in a container of a running pod until it ends or `gone` fires; returns the Status in which the kubelet says how it ended. */
export type RunInContainer = (
  cluster: AksCluster,
  pod: KubernetesObject,
  container: string,
  command: string[],
  say: Said,
  gone: AbortSignal,
) => Promise<object>

/**
 * The containers of Argo CD's pods: processes of this machine, each in a throw-away folder that stands for the container's root. They have
 * the container's environment and its service account tokens, and of the image's programs `argocd-k8s-auth`, which is the file named so, and
 * what it takes to call it.
 */
export function containers(
  folders: ThrowAwayFolders,
  argocdK8sAuth: string,
  administer: Administer,
  keyring: Keyring,
  openWayOut: OpenWayOut,
): RunInContainer {
  const image = { 'argocd-k8s-auth': argocdK8sAuth, env: '/usr/bin/env', sh: '/bin/sh' }
  let programs: Promise<string> | undefined

  return (cluster, pod, name, command, say, gone) =>
    folders.within('container', async root => {
      programs ??= folderOfPrograms(join(folders.parent, 'argocd-image'), image)
      const [path, wayOut] = await Promise.all([programs, openWayOut(cluster)])
      try {
        const container = (pod.spec as { containers: Container[] }).containers.find(each => each.name === name)!
        for (const { file, token } of await projectedTokens(cluster, pod, container, administer, keyring)) {
          await mkdir(dirname(join(root, file)), { recursive: true })
          await writeFile(join(root, file), token)
        }
        const underRoot = leadingTo(root, container)
        const own = Object.entries(await environmentOf(cluster, pod, container, administer))
        const environment = Object.fromEntries(own.map(([name, value]) => [name, underRoot(value)]))
        const env = { HOME: root, ...environment, ...wayOut.environment, PATH: path }
        return await runProgram(command.map(underRoot), root, env, say, gone)
      } finally {
        await wayOut.close()
      }
    })
}

/** Leads a path below one of the container's mounts to where it lies on this machine, also as the value of a variable. */
const leadingTo =
  (root: string, { volumeMounts = [] }: Container) =>
  (text: string): string => {
    const [, name = '', path = ''] = /^(\w+=)?(.*)$/s.exec(text)!
    const isMounted = volumeMounts.some(({ mountPath }) => `${path}/`.startsWith(`${mountPath.replace(/\/$/, '')}/`))
    return isMounted ? name + join(root, path) : text
  }

async function runProgram(
  [program = '', ...args]: string[],
  cwd: string,
  env: Record<string, string>,
  say: Said,
  gone: AbortSignal,
): Promise<object> {
  const running = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const end = () => running.pid && process.kill(-running.pid, 'SIGKILL')
  gone.addEventListener('abort', end)
  if (gone.aborted) end()
  running.stdout.on('data', chunk => say('stdout', chunk))
  running.stderr.on('data', chunk => say('stderr', chunk))
  try {
    const [code, signal] = (await once(running, 'close')) as [number | null, NodeJS.Signals | null]
    return endedWith(code ?? 128 + constants.signals[signal!])
  } catch {
    return notFoundInImage(program)
  } finally {
    gone.removeEventListener('abort', end)
  }
}

const endedWith = (code: number): object =>
  code === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      }

const notFoundInImage = (program: string): object => {
  const why = `exec: "${program}": executable file not found in $PATH: unknown`
  const runc = `OCI runtime exec failed: exec failed: unable to start container process: ${why}`
  const message = `Internal error occurred: error executing command in container: failed to exec in container: ${runc}`
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 }
}
