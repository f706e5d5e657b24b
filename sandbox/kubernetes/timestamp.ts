import { now, type World } from '../world.ts'

/** RFC 3339 to the second, as metav1.Time is written. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')

/** Now, by the world's clock, as metav1.Time is written. */
export const currentTime = (world: World): string => timestamp(now(world))
