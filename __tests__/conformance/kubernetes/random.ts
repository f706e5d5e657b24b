/** Choices from a seed: the same seed, the same sequence of requests. */
export interface Random {
  /** A number from 0 up to, but not including, `below`. */
  number(below: number): number
  pick<Choice>(choices: readonly Choice[]): Choice
  chance(probability: number): boolean
  maybe<Value>(make: () => Value, probability?: number): Value | undefined
  /** Some of the choices, in any order. */
  some<Choice>(choices: readonly Choice[], probability?: number): Choice[]
}

/** mulberry32 */
export function randomFrom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
  const number = (below: number) => Math.floor(next() * below)
  const chance = (probability: number) => next() < probability
  return {
    number,
    chance,
    pick: choices => choices[number(choices.length)]!,
    maybe: (make, probability = 0.5) => (chance(probability) ? make() : undefined),
    some: (choices, probability = 0.5) => {
      const chosen = choices.filter(() => chance(probability)).map(choice => ({ choice, order: next() }))
      return chosen.sort((a, b) => a.order - b.order).map(({ choice }) => choice)
    },
  }
}
