import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a program to its end, with everything it says on stderr; throws where it fails. It is told of SIGINT and SIGTERM. */
export async function runToEnd(
  command: string,
  parameters: string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Promise<void> {
  const program = spawn(command, parameters, { ...options, stdio: ['ignore', process.stderr, process.stderr] })
  const interrupt = () => program.kill('SIGINT')
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const [code, signal] = await once(program, 'close')
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  if (code === 0) return
  throw new Error(
    `\`${command} ${parameters[0]}\` ended with ${signal ?? `exit code ${code}`}; what it said stands above.`,
  )
}
