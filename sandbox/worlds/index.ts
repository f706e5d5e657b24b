import type { World } from '../world.ts'

/** Worlds to start from, by name. */
export const worlds: Record<string, () => World> = {}
