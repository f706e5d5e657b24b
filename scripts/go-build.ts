import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from './required-program.ts'
import { runToEnd } from './run-to-end.ts'

/** A Go module whose go.mod and go.sum pin what is built. */
export interface GoModule {
  folder: string
  goMod: string
  goSum: string
}

/** What becomes of a module. */
export interface GoBuild {
  /** What to build: `tool` for what go.mod's tool lines name, `.` for the module's own program. */
  programs: 'tool' | '.'
  /** A folder for several programs, a file for one. */
  output: string
  /** Values that only the linker can set, such as the version that a program shows. */
  linkerFlags?: string
  /** With C libraries, which some packages need on macOS. */
  cgo?: boolean
}

/** Reads what a module pins. */
export const goModuleIn = (folder: string): GoModule => ({
  folder,
  goMod: readFileSync(join(folder, 'go.mod'), 'utf8'),
  goSum: readFileSync(join(folder, 'go.sum'), 'utf8'),
})

/** Throws one sentence where there is no Go that is new enough for a module. */
export function requireGo(module: GoModule, otherwise?: string): void {
  const [version] = pinned(module, /(?<=^go )[\d.]+/m)
  requireProgram({
    name: 'Go',
    version,
    command: ['go', 'version'],
    env: environment(false),
    home: 'https://go.dev/dl/',
    ...(otherwise && { otherwise }),
  })
}

/** Builds programs for this machine from exactly what go.mod and go.sum pin. */
export async function goBuild(
  { folder }: GoModule,
  { programs, output, linkerFlags = '', cgo = false }: GoBuild,
): Promise<void> {
  const build = ['build', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`, '-o', output, programs]
  await runToEnd('go', build, { cwd: folder, env: environment(cgo) })
}

/** A line of go.mod that has to be there. */
export function pinned({ goMod, folder }: GoModule, line: RegExp): RegExpExecArray {
  const match = line.exec(goMod)
  if (!match) throw new Error(`${join(folder, 'go.mod')} has no line ${line}`)
  return match
}

/** Whatever the user's own settings ask for, they do not change what is built. */
function environment(cgo: boolean): NodeJS.ProcessEnv {
  const pins = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' }
  return { ...process.env, ...pins, CGO_ENABLED: cgo ? '1' : '0', GOOS: '', GOARCH: '' }
}
