/**
 * Outputs of a job may come to 1 MB together, counted in UTF-16 (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs):
 * so many characters, with room for what a workflow adds.
 */
export const OUTPUTS = 480_000

/** A step's summary may be of 1 MiB (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary). */
export const SUMMARY = 1_000_000

/** A list as JSON of at most `limit` characters, and how many entries at its end were left out for that. Entries are made shorter first. */
export function fitted<Entry>(
  entries: readonly Entry[],
  limit: number,
  shorter: (entry: Entry) => Entry = entry => entry,
): { json: string; left: number } {
  const whole = JSON.stringify(entries)
  if (whole.length <= limit) return { json: whole, left: 0 }
  const kept: string[] = []
  let length = 2
  for (const text of entries.map(entry => JSON.stringify(shorter(entry)))) {
    length += text.length + 1
    if (length > limit) break
    kept.push(text)
  }
  return { json: `[${kept.join()}]`, left: entries.length - kept.length }
}
