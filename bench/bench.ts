/**
 * Measures the action against the sandbox: `npm run bench -- --targets 100,1000 --concurrency 10 --only runs,fleet,trouble,start`. Prints
 * Markdown: counts, and ratios within one run. Times are this machine's; nothing is held to them.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { fleetInTrouble, fleetsOfSizes } from './fleet-figures.ts'
import { singleRuns } from './single-runs.ts'
import { startUp } from './start-up.ts'

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '100,1000' },
    concurrency: { type: 'string', default: '10' },
    only: { type: 'string', default: 'runs,fleet,trouble,start' },
  },
})

// The embedded API servers: a real one for each target would be too many.
delete process.env.KUBEBUILDER_ASSETS

const sizes = values.targets.split(',').map(Number)
const job = { concurrency: values.concurrency }
const parts: Record<string, { title: string; measure: () => Promise<string> }> = {
  runs: { title: 'One hub, one target', measure: singleRuns },
  fleet: { title: `Fleets in one job, concurrency ${job.concurrency}`, measure: () => fleetsOfSizes(sizes, job) },
  trouble: { title: 'Fleets in trouble', measure: () => fleetInTrouble(Math.max(...sizes), job) },
  start: { title: 'The bundle', measure: startUp },
}

console.log(`Node ${process.version}, ${availableParallelism()} processors.`)
for (const name of values.only.split(',')) {
  const part = parts[name]
  if (!part) throw new Error(`There is no part '${name}'; there are: ${Object.keys(parts).join(', ')}`)
  console.log(`\n### ${part.title}\n\n${await part.measure()}`)
}
