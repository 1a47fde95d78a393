import { isStructure } from './input.ts'

/** One call that reached the simulated AWS, refused ones included. */
export interface Call {
  sequence: number
  /** The clock when it came, in milliseconds since 1970. */
  at: number
  service: string
  operation: string
  /** The account that the call is about, if it names one. */
  account?: string | undefined
  input: unknown
  /** As the caller gave it. */
  userAgent: string
  /** `pending`, `ok`, `dropped`, or the type of the error it was answered with. */
  outcome: string
}

export interface CallLog {
  list(): readonly Readonly<Call>[]
  reset(): void
}

/** Answers how to begin an entry, whose outcome the caller fills in, beside the log itself. */
export function createCallLog(): CallLog & {
  begin(call: Pick<Call, 'at' | 'service' | 'operation' | 'input' | 'userAgent'>): Call
} {
  let calls: Call[] = []
  let nextSequence = 0
  return {
    list: () => calls,
    reset() {
      calls = []
    },
    begin(begun) {
      const call = { ...begun, sequence: nextSequence++, account: accountOf(begun.input), outcome: 'pending' }
      calls.push(call)
      return call
    },
  }
}

function accountOf(input: unknown): string | undefined {
  if (!isStructure(input)) return undefined
  const named = [input['AccountId'], input['TargetId'], input['ResourceId']]
  return named.find((value): value is string => typeof value === 'string')
}
