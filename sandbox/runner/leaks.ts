import type { Keyring } from '../keyring.ts'
import { shownUnmasked } from './job-log.ts'
import type { ActionRun } from './step.ts'

/**
 * Where something secret shows in what a run left behind: in the log as GitHub shows it, in the raw output before it was masked, in the
 * summary, in an output, in a file, in the address of a request. Empty where nothing does.
 */
export function leaks(
  { raw, hidden, log, summary, outputs, leftBehind, requests }: ActionRun,
  { secrets }: Pick<Keyring, 'secrets'>,
): string[] {
  const places = [
    ...Object.entries({ log, summary }),
    ...Object.entries(outputs).map(([name, value]) => [`output ${name}`, value] as const),
    ...leftBehind.map(({ path, content }) => [`file ${path}`, content] as const),
    ...requests.map(
      ({ number, host, path, query }) =>
        [
          `address of request ${number} to ${host}`,
          `${path}?${query} ${[...new URLSearchParams(query).values()].join(' ')}`,
        ] as const,
    ),
  ]
  const shown = [...secrets].flatMap(([secret, label]) =>
    partsOf(secret).flatMap(part => [
      ...places.filter(([, text]) => text.includes(part)).map(([place]) => `${label} in ${place}`),
      ...shownUnmasked(raw, part, hidden).map(line => `${label}, unmasked: ${line}`),
    ]),
  )
  return [...new Set(shown)]
}

/** The secret itself and as base64, a token's signature, a key's lines: each of them opens what the whole opens. */
const partsOf = (secret: string): string[] => {
  const signature = /^ey[\w-]+\.ey[\w-]+\.([\w-]+)$/.exec(secret)?.[1]
  const lines = secret.split('\n').filter(line => line.length > 40)
  return [...new Set([secret, Buffer.from(secret).toString('base64'), ...(signature ? [signature] : []), ...lines])]
}
