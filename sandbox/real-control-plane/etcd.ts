import { join } from 'node:path'
import { type Program, startProgram } from './program.ts'

/** Starts an etcd that answers on a port of loopback: in memory as far as it can be, since nobody will read it after a crash. */
export const startEtcd = (assets: string, port: number): Promise<Program> =>
  startProgram(join(assets, 'etcd'), async (_, folder) => [
    `--data-dir=${join(folder, 'data')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=http://127.0.0.1:${port}`,
    `--advertise-client-urls=http://127.0.0.1:${port}`,
    // Peers there are none: any port does.
    '--listen-peer-urls=http://127.0.0.1:0',
    '--log-level=error',
  ])
