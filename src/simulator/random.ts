import { createHash } from 'node:crypto'

/** Hexadecimal digits that depend on nothing but `text`. */
export function hexFrom(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** A UUID that depends on nothing but `text`. */
export function uuidFrom(text: string): string {
  const hex = hexFrom(text, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** Values that look random and come again in the same order from the same seed. */
export interface Random {
  hex(length: number): string
  uuid(): string
  /** From 0 up to, but not, 1. */
  fraction(): number
  /** Of the standard normal distribution. */
  normal(): number
  /** How many values were drawn; the number to go on from after a restart. */
  drawn(): number
}

export function createRandom(seed: number, alreadyDrawn = 0): Random {
  let drawn = alreadyDrawn
  const next = (): string => `${seed}/${drawn++}`
  const fraction = (): number => Number.parseInt(hexFrom(next(), 12), 16) / 2 ** 48
  return {
    hex: (length) => hexFrom(next(), length),
    uuid: () => uuidFrom(next()),
    fraction,
    // Box-Muller
    normal: () => Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction()),
    drawn: () => drawn,
  }
}
