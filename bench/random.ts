/** Numbers that look random and come again in the same order from the same seed (mulberry32). */
export interface Draw {
  /** At least 0, less than 1. */
  share(): number
  /** A whole number from `from` up to and including `to`. */
  whole(from: number, to: number): number
  /** `count` different whole numbers from 0 up to, not including, `below`. */
  some(count: number, below: number): number[]
}

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  function share(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (from: number, to: number): number => from + Math.floor(share() * (to - from + 1))
  return {
    share,
    whole,
    some(count, below) {
      const left = Array.from({ length: below }, (_, i) => i)
      return Array.from({ length: Math.min(count, below) }, () => {
        const [taken = 0] = left.splice(whole(0, left.length - 1), 1)
        return taken
      })
    },
  }
}
