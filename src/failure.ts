/** What went wrong, in the words of the person who has to mend it. */
export interface Explanation {
  /** What failed, on which resource. */
  what: string
  why: string
  /** The one thing to do: the input to change, the role to grant, the command to run. */
  remedy: string
}

/** A failure that is already explained. */
export class Failure extends Error {
  readonly explanation: Explanation
  constructor(explanation: Explanation, cause?: unknown) {
    super(sentence(explanation), { cause })
    this.name = 'Failure'
    this.explanation = explanation
  }
}

/** Reasons not to start, all of them at once; nothing was written. */
export class Refused extends Error {
  readonly refusals: Explanation[]
  constructor(refusals: Explanation[]) {
    super(refusals.map(sentence).join('\n'))
    this.name = 'Refused'
    this.refusals = refusals
  }
}

/** The world changed between reading and writing: read and plan again. */
export class Conflict extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'Conflict'
  }
}

/** The chain is broken: what depends on it is not published. The links of the proof say why. */
export class Unproven extends Error {}

/** `what: why. remedy.`, on one line whatever a server's answer looks like. */
export const sentence = ({ what, why, remedy }: Explanation): string =>
  `${what}: ${why.trim().replace(/\.$/, '')}. ${remedy.replace(/\.?$/, '.')}`.replace(/\s+/g, ' ')
