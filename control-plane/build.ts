/**
 * Builds etcd, kube-apiserver and kubectl as go.mod pins them, into a cache, and prints their folder: what `KUBEBUILDER_ASSETS` names.
 * With `--check` it builds nothing: exit 0 and the folder where it is built already, exit 1 and one line where it is not.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'

const source = import.meta.dirname
const goMod = readFileSync(join(source, 'go.mod'), 'utf8')
const goSum = readFileSync(join(source, 'go.sum'), 'utf8')

try {
  console.log(await controlPlane())
} catch (error) {
  console.error(`control-plane: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

async function controlPlane(): Promise<string> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
  const folder = cachedFolder()
  if (existsSync(folder)) return folder
  if (values.check) throw new Error(`not built yet: \`npm run control-plane\` builds ${folder}`)
  requireGo()
  await buildInto(folder)
  return folder
}

function cachedFolder(): string {
  const key = createHash('sha256')
    .update(`${goMod}${goSum}${process.platform}-${process.arch}`)
    .digest('hex')
    .slice(0, 16)
  return join(cacheHome(), 'argo-aks-onboard', 'control-plane', key)
}

/** A relative XDG_CACHE_HOME counts as unset: https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheHome(): string {
  const { XDG_CACHE_HOME = '' } = process.env
  return isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache')
}

function requireGo(): void {
  const [wanted] = pinned(/(?<=^go )\d+\.\d+/m)
  const remedy =
    `install Go ${wanted} or newer (https://go.dev/dl/) and put it on PATH, ` +
    'or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl.'
  const { stdout, error } = spawnSync('go', ['version'], { encoding: 'utf8', env: goEnvironment() })
  if (error) throw new Error(`there is no usable Go on PATH (${error.message}): ${remedy}`)
  const found = /(?<=go)\d+\.\d+\S*/.exec(stdout)?.[0]
  const isTooOld = found === undefined || found.localeCompare(wanted, 'en', { numeric: true }) < 0
  if (isTooOld) throw new Error(`Go ${found ?? 'of unknown version'} is too old for these programs: ${remedy}`)
}

/** Everything is made in a folder of this run alone, which then gets its name in one step: no other run ever meets half of it. */
async function buildInto(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    console.error('control-plane: building etcd, kube-apiserver and kubectl, about five minutes the first time ...')
    await goBuild(unfinished)
    // Go names a program after its import path, and etcd's is go.etcd.io/etcd/server/v3.
    renameSync(join(unfinished, 'server'), join(unfinished, 'etcd'))
    publish(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

function publish(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    const anotherRunWasFirst = existsSync(folder)
    if (!anotherRunWasFirst) throw error
  }
}

async function goBuild(folder: string): Promise<void> {
  const build = ['build', '-trimpath', '-ldflags', linkerFlags(), '-o', folder, 'tool']
  const go = spawn('go', build, {
    cwd: source,
    env: goEnvironment(),
    stdio: ['ignore', process.stderr, process.stderr],
  })
  const interrupt = () => go.kill('SIGINT')
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const [code, signal] = await once(go, 'close')
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  if (code !== 0)
    throw new Error(`\`go build\` ended with ${signal ?? `exit code ${code}`}; what it said stands above.`)
}

/** Kubernetes learns its version from the linker (its hack/lib/version.sh); without it `/version` answers v0.0.0 and kubectl complains. */
function linkerFlags(): string {
  const [, version, major, minor] = pinned(/^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m)
  const base = 'k8s.io/component-base/version'
  return `-s -w -X ${base}.gitVersion=${version} -X ${base}.gitMajor=${major} -X ${base}.gitMinor=${minor}`
}

/** Programs for this machine from exactly what go.mod and go.sum pin, whatever the user's own settings ask for. */
function goEnvironment(): NodeJS.ProcessEnv {
  const pins = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' }
  return { ...process.env, ...pins, CGO_ENABLED: '0', GOOS: '', GOARCH: '' }
}

function pinned(line: RegExp): RegExpExecArray {
  const match = line.exec(goMod)
  if (!match) throw new Error(`go.mod has no line ${line}`)
  return match
}
