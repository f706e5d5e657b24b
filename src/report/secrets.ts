import * as core from '@actions/core'

/** The secrets that a run has come by. */
export interface Secrets {
  /** Lets GitHub hide a secret in the log from here on. */
  mask(secret: string): void
  /** A text without them: what servers say goes into outputs and summary too, where nobody else hides anything. */
  hide(text: string): string
}

/** None yet. */
export function noSecrets(): Secrets {
  const known: string[] = []
  return {
    mask(secret) {
      core.setSecret(secret)
      known.push(secret)
    },
    hide: text => known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text),
  }
}
