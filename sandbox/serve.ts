/** Starts a sandbox to play with: `npm run sandbox -- --world NAME --latency MS --dump FOLDER`; prints what to export, then every request that it answers. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dump } from './dump.ts'
import { kubeconfigOf } from './kubeconfig.ts'
import { type LoggedRequest, startSandbox } from './sandbox.ts'
import { worlds } from './worlds/index.ts'

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: Object.keys(worlds)[0] ?? '' },
    dump: { type: 'string' },
    latency: { type: 'string', default: '0' },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
})

const createWorld = worlds[values.world]
if (!createWorld) {
  console.error(`No world '${values.world}'; there are: ${Object.keys(worlds).join(', ')}`)
  process.exit(1)
}

const world = createWorld()
const sandbox = await startSandbox(world, { latency: Number(values.latency), onRequest: report })
const folder = await mkdtemp(join(tmpdir(), 'argo-aks-onboard-kubeconfig-'))
const kubeconfig = join(folder, 'config')
await writeFile(kubeconfig, await kubeconfigOf(sandbox), { mode: 0o600 })

// From here on somebody may want it to end.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(signal => once(process, signal))

const environment = {
  ...sandbox.environment,
  AZURE_TENANT_ID: world.tenantId,
  AZURE_CLIENT_ID: world.applications[0]?.clientId ?? '',
  AZURE_SUBSCRIPTION_ID: world.subscriptions[0]?.id ?? '',
  KUBECONFIG: kubeconfig,
}
console.log(`# World '${world.name}' is up. In another shell:`)
for (const [name, value] of Object.entries(environment)) console.log(`export ${name}='${value}'`)
if (values.dump) {
  await dump(sandbox, values.dump)
  console.log(`# What the clusters hold is in ${values.dump}, and will be written there once more at the end.`)
}
console.log('# Every request that it answers follows. Ctrl-C ends it.')

await Promise.race(values['until-stdin-closes'] ? [...signals, once(process.stdin.resume(), 'end')] : signals)
process.stdin.destroy()
if (values.dump) await dump(sandbox, values.dump)
await sandbox.stop()
await rm(folder, { recursive: true })

function report({ method, host, path, query, status, caller, start, end }: LoggedRequest): void {
  const url = `https://${host}${path}${query && '?'}${query}`
  console.log(`${status} ${method} ${url} (${caller || 'nobody in particular'}, ${end - start} ms)`)
}
