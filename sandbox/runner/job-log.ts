/**
 * The log as GitHub shows it, from what an action wrote to standard output: the runner takes its commands out, folds groups and
 * hides what was masked before (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands),
 * as well as its own `secrets` from the start.
 */
export function jobLog(output: string, secrets: string[] = []): string {
  const masked = [...secrets]
  const shown: string[] = []
  let depth = ''
  const show = (line: string) => shown.push(depth + hide(line, masked))
  for (const line of output.split('\n')) {
    const [, command, message = ''] = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? []
    if (command === 'add-mask') masked.push(unescaped(message))
    else if (command === 'group') {
      show(`▸ ${unescaped(message)}`)
      depth = '    '
    } else if (command === 'endgroup') depth = ''
    else if (command === 'debug') continue
    else if (command) for (const part of unescaped(message).split('\n')) show(`${title(command)}${part}`)
    else show(line)
  }
  return shown.join('\n').trim()
}

/** What stood in the raw output before the runner was told to hide it, or was never hidden at all. */
export function shownUnmasked(output: string, secret: string, secrets: string[] = []): string[] {
  const masked = [...secrets]
  return output.split('\n').filter(line => {
    const [, message] = /^::add-mask::(.*)$/.exec(line) ?? []
    if (message !== undefined) {
      masked.push(unescaped(message))
      return false
    }
    return hide(line, masked).includes(secret)
  })
}

const title = (command: string): string =>
  command === 'notice' ? 'Notice: ' : command === 'warning' ? 'Warning: ' : 'Error: '
const unescaped = (text: string): string => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
const hide = (line: string, secrets: string[]): string =>
  secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line)
