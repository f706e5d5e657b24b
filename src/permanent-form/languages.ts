import { stringify } from 'yaml'

/** YAML with a comment above it. */
export const asYaml = (comment: string[], value: unknown): string =>
  `${commented('#', comment)}${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`

/** Lines of a comment, each behind the sign that begins it. */
export const commented = (sign: string, lines: string[]): string => lines.map(line => `${sign} ${line}\n`).join('')

/** A word of a POSIX shell, quoted where it has to be (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html). */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** A command with each of its options on a line of its own. */
export const shellCommand = (command: string, options: string[]): string => [command, ...options].join(' \\\n  ')
