/** Puts the jumping clock in place of the real one; returns a function that puts the real one back. */
export function install(isIdle: () => boolean): () => void
