/**
 * What GitHub hands on of a job's outputs: those without a secret in them, also in the forms in which the runner looks for one
 * (https://github.com/actions/runner/blob/main/src/Sdk/DTLogging/Logging/ValueEncoders.cs).
 */
export function outputsHandedOn(outputs: Record<string, string>, secrets: string[]): Record<string, string> {
  const hidden = secrets.flatMap(secret => forms.map(form => form(secret))).filter(text => text !== '')
  return Object.fromEntries(Object.entries(outputs).filter(([, value]) => !hidden.some(text => value.includes(text))))
}

const forms: ((secret: string) => string)[] = [
  secret => secret,
  secret => JSON.stringify(secret).slice(1, -1),
  secret => encodeURIComponent(secret),
  secret => secret.replaceAll("'", "''"),
  secret => secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  secret => secret.replace(/^"|"$/g, ''),
  // A secret within something longer that is base64 begins at one of three places, and is cut to what is the same whatever surrounds it.
  ...[0, 1, 2].map(shift => (secret: string) => {
    const bytes = Buffer.from(secret).subarray(shift)
    return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64')
  }),
]
