/** The AADSTS number and Entra's own words, without the trace ids that follow them; the number is empty where Entra said nothing. */
export function entraError(error: unknown): { code: string; text: string } {
  const message = error instanceof Error ? error.message : String(error)
  const [, code = ''] = /AADSTS(\d+)/.exec(message) ?? []
  const [text = message] = /AADSTS\d+:.*?(?= Trace ID|$)/s.exec(message) ?? []
  return { code, text: text.trim() }
}
