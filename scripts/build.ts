/**
 * Bundles src/ and what it imports into dist/, which is what a runner starts.
 * With `--check` it writes nothing, and names the files of dist/ that a build would change.
 *
 * rolldown leaves out what is never called, which ncc cannot do for the generated API clients; ncc then packs the rest.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { type LicenseInfo, licensePlugin } from 'rolldown-license-plugin'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const cache = join(root, 'node_modules/.cache')
await mkdir(cache, { recursive: true })
const workshop = await mkdtemp(join(cache, 'build-'))
try {
  const built = await build(join(root, 'src/index.ts'), workshop)
  if (values.check) await compare(built)
  else await replace(built)
} finally {
  await rm(workshop, { recursive: true, force: true })
}

/**
 * Builds in a folder of its own. ncc numbers modules by a hash of the way from that folder to its own loader, so the folder
 * keeps its place within the project: the same bundle comes out wherever the project lies.
 */
async function build(entry: string, folder: string): Promise<string> {
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  await shake(entry, join(folder, 'build/index.js'))
  await pack(folder)
  await rename(join(folder, 'build/licenses.txt'), join(folder, 'dist/licenses.txt'))
  return join(folder, 'dist')
}

/** One file of everything that can be reached from the entry, and beside it the licences of the packages in it. */
async function shake(entry: string, file: string): Promise<void> {
  const licenses = licensePlugin({
    done: (found, context) => {
      context.emitFile({ type: 'asset', fileName: 'licenses.txt', source: inOneText(found) })
    },
  })
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    cwd: root,
    // @azure/identity starts a browser by it when a person logs in, which never happens here; it would bring a copy of xdg-open along.
    resolve: { alias: { open: false } },
    plugins: [licenses],
  })
  await bundle.write({ file, format: 'esm', minify: true, codeSplitting: false })
  await bundle.close()
}

/** ncc, which must not minify: the file is minified, and doing it twice costs time and gains nothing. */
async function pack(folder: string): Promise<void> {
  const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js')
  await promisify(execFile)(process.execPath, [ncc, 'build', 'build/index.js', '-o', 'dist', '--no-cache', '--quiet'], {
    cwd: folder,
  })
}

function inOneText(licenses: readonly LicenseInfo[]): string {
  return licenses
    .map(({ name, version, license, licenseText }) => `${name} ${version} (${license})\n\n${licenseText.trim()}\n`)
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`)
}

async function replace(built: string): Promise<void> {
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist)
  await cp(built, dist, { recursive: true })
  for (const [name, content] of await files(dist))
    console.log(`dist/${name}: ${content.length.toLocaleString('en')} bytes`)
}

async function compare(built: string): Promise<void> {
  const [wanted, there] = await Promise.all([files(built), files(dist)])
  const names = [...new Set([...wanted.keys(), ...there.keys()])].sort()
  const differing = names.filter(name => !wanted.get(name)?.equals(there.get(name) ?? Buffer.of()))
  for (const name of differing) console.error(`dist/${name} is not what \`npm run build\` makes of src/`)
  if (differing.length > 0) process.exitCode = 1
  else console.log('dist/ is what `npm run build` makes of src/')
}

async function files(folder: string): Promise<Map<string, Buffer>> {
  const names = await readdir(folder).catch(() => [])
  return new Map(await Promise.all(names.map(async name => [name, await readFile(join(folder, name))] as const)))
}
