// Loaded before the action in a child process: writes what that took, as JSON, to the file that FOOTPRINT_FILE names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const footprint = { peakMemory: peakMemory(), cpuMilliseconds: (user + system) / 1000 }
  writeFileSync(process.env.FOOTPRINT_FILE, JSON.stringify(footprint))
})

/**
 * In bytes. On Linux getrusage also counts what the parent had when it started this process (its maximum outlives execve, see getrusage(2)),
 * and the parent is the sandbox; /proc does not.
 */
function peakMemory() {
  const status = '/proc/self/status'
  const [, ofThisProgram] = (existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))) || []
  return Number(ofThisProgram ?? process.resourceUsage().maxRSS) * 1024
}
