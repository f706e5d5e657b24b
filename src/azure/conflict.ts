import { isRestError, type RestError } from '@azure/core-rest-pipeline'

/** What Azure calls a conflict too, although nothing about it passes. */
const LASTING =
  /^(ScopeLocked|MissingSubscriptionRegistration|SubscriptionNotRegistered|(ReadOnly)?DisabledSubscription|InvalidResourceLocation|QuotaExceeded)$/

/** Tells whether a write was refused because the world is no longer what it was when it was read. */
export function isConflict(error: unknown): error is RestError {
  if (!isRestError(error)) return false
  const { statusCode, code = '', message } = error
  if (statusCode === 409) return !LASTING.test(code) && !/quota/i.test(message)
  // Somebody else made an equal credential under another name.
  return statusCode === 412 || (statusCode === 400 && /issuer and subject combination already exists/i.test(message))
}
