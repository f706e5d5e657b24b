import type { Form } from './input-forms.ts'

/** One input that is missing or wrong. */
export interface InputFault {
  readonly input: string
  /** What is wrong, the form expected, and where to set it. */
  readonly message: string
}

/** The inputs of one step, and the faults found in them so far. */
export interface InputSheet {
  readonly faults: readonly InputFault[]
  /** What stands in `with:`, trimmed; empty where nothing does. */
  written(input: string): string
  /** What counts: what is written, else its environment variable, else its default. */
  text(input: string): string
  /** Whether something other than the default is written. */
  isSet(input: string): boolean
  /** The value of an input; undefined where it is empty, or wrong, which is noted. */
  read<T>(input: string, form: Form<T>): T | undefined
  /** Like `read`, but empty is wrong too; `why` says what needs it. */
  require<T>(input: string, form: Form<T>, why?: string): T | undefined
  /** Notes what is wrong with an input, and what to do about it. */
  fault(input: string, problem: string, remedy?: string): undefined
  /** The same sheet with other things written on it, and with faults of its own, which say where that is. */
  but(written: Readonly<Record<string, string>>, where: string): InputSheet
}

/** What an empty input means. The runner fills in the defaults of action.yml, but an expression may still come out empty. */
const defaults: Readonly<Record<string, string>> = {
  'dry-run': 'false',
  login: 'auto',
  'argocd-namespace': 'argocd',
  'hub-cluster-role': 'cluster-admin',
  'hub-access': 'auto',
  'target-access': 'auto',
  verify: 'true',
  environment: 'azurecloud',
  'token-source': 'projected',
  'assign-identity': 'false',
  'server-fqdn': 'auto',
  grant: 'auto',
  'target-role': 'cluster-admin',
  concurrency: '10',
}

/** The environment variables that stand in for an input, named as Azure's own tools name them. */
const variables: Readonly<Record<string, string>> = {
  'tenant-id': 'AZURE_TENANT_ID',
  'client-id': 'AZURE_CLIENT_ID',
  'subscription-id': 'AZURE_SUBSCRIPTION_ID',
}

/** Lays out the inputs that the runner put into the environment. */
export const inputSheet = (environment: NodeJS.ProcessEnv): InputSheet => sheetOf(environment, {}, '')

function sheetOf(environment: NodeJS.ProcessEnv, other: Readonly<Record<string, string>>, where: string): InputSheet {
  const faults: InputFault[] = []

  const fromVariable = (input: string) => environment[variables[input] ?? '']?.trim() ?? ''

  const sheet: InputSheet = {
    faults,
    // The runner's own spelling: https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs
    written: input =>
      other[input]?.trim() ?? environment[`INPUT_${input.replaceAll(' ', '_').toUpperCase()}`]?.trim() ?? '',
    text: input => sheet.written(input) || fromVariable(input) || (defaults[input] ?? ''),
    isSet: input => ![defaults[input], ''].includes(sheet.written(input)),
    read(input, form) {
      const text = sheet.text(input)
      if (text === '') return undefined
      const origin = sheet.written(input) === '' && fromVariable(input) !== '' ? ` (from ${variables[input]})` : ''
      return form.parse(text) ?? sheet.fault(input, `is ${quoted(text)}${origin}; expected ${form.expected}`)
    },
    require(input, form, why = '') {
      if (sheet.text(input) === '')
        return sheet.fault(input, `is missing${why && `: ${why}`}; expected ${form.expected}`)
      return sheet.read(input, form)
    },
    fault(input, problem, remedy = whereToSet(input)) {
      faults.push({ input, message: `${where}\`${input}\` ${problem}. ${remedy}` })
      return undefined
    },
    but: (written, where) => sheetOf(environment, written, `${where}: `),
  }
  return sheet
}

const whereToSet = (input: string): string =>
  `Set it in \`with:\` of the step${variables[input] ? ` or as environment variable ${variables[input]}` : ''}.`

const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
