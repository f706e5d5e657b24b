/** The AADSTS number and Entra's own words, without the trace ids that follow them; the number is empty where Entra said nothing. */
export function entraError(message: string): { code: string; text: string } {
  const [, code = ''] = /AADSTS(\d+)/.exec(message) ?? []
  const [text = message] = /AADSTS\d+:.*?(?= Trace ID|$)/s.exec(message) ?? []
  return { code, text: text.trim() }
}
