import type { Login } from '../input-login.ts'
import type { Cloud } from './cloud.ts'

/** The caller got no token: how it was tried, and what the SDK says. */
export class SignInError extends Error {
  readonly login: Login
  readonly cloud: Cloud
  /** With `azure-cli`: the cloud that the CLI is signed in to, as the CLI calls it. */
  readonly session: string | undefined
  constructor(login: Login, cloud: Cloud, cause: unknown, session?: string) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.name = 'SignInError'
    this.login = login
    this.cloud = cloud
    this.session = session
  }
}
