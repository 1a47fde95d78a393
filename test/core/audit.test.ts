import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AuditEvent, auditHash, chainEvent, genesisHash, verifyChain } from '../../src/core/audit.ts'
import { shuffled } from '../support/arbitraries.ts'
import { anEntry, minutesLater } from '../support/builders.ts'

function aChain(length: number): AuditEvent[] {
  const chain: AuditEvent[] = []
  for (let i = 0; i < length; i++) {
    const entry = anEntry({ subject: { kind: 'request', id: `R-${i % 3}` }, at: minutesLater(i) })
    chain.push(chainEvent(i + 1, chain.at(-1)?.hash ?? genesisHash, entry))
  }
  return chain
}

const aPlace = fc
  .integer({ min: 2, max: 12 })
  .chain((length) => fc.record({ chain: fc.constant(aChain(length)), i: fc.nat(length - 2) }))

test('a chain that was left alone is intact, and its head is its last event', () => {
  const chain = aChain(5)
  const head = { seq: 5, hash: chain[4]?.hash }
  expect(verifyChain(chain)).toEqual({ intact: true, events: 5, head })
  expect(verifyChain([])).toEqual({ intact: true, events: 0, head: { seq: 0, hash: genesisHash } })
})

test('any part of a chain follows from the head before it, and from no other', () => {
  fc.assert(
    fc.property(aPlace, ({ chain, i }) => {
      const head = verifyChain(chain.slice(0, i + 1))
      if (!head.intact) throw new Error('the first part is intact')
      expect(verifyChain(chain.slice(i + 1), head.head)).toMatchObject({ intact: true, events: chain.length - i - 1 })
      expect(verifyChain(chain.slice(i + 1)).intact).toBe(false)
    }),
  )
})

describe('whoever tampers with one place is found at that place', () => {
  const bad = (events: AuditEvent[]) => {
    const verdict = verifyChain(events)
    return verdict.intact ? 'intact' : verdict.firstBadSeq
  }

  test('an event that was removed', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        expect(bad(chain.toSpliced(i, 1))).toBe(i + 1)
      }),
    )
  })

  test('an event that was removed is called missing', () => {
    expect(verifyChain(aChain(3).toSpliced(1, 1))).toMatchObject({ problem: 'event 2 is missing: 3 follows 1' })
  })

  test('an event whose link to the one before was altered', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        expect(bad(chain.map((event, n) => (n === i ? { ...event, previousHash: event.hash } : event)))).toBe(i + 1)
      }),
    )
  })

  test('two events that changed places', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        const [one, two] = chain.slice(i, i + 2)
        if (!one || !two) throw new Error('there are two')
        expect(bad(chain.toSpliced(i, 2, two, one))).toBe(i + 1)
      }),
    )
  })

  test('an event that was put in twice', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        expect(bad(chain.toSpliced(i + 1, 0, ...chain.slice(i, i + 1)))).toBe(i + 2)
      }),
    )
  })

  test('an event whose text has one other character', () => {
    fc.assert(
      fc.property(aPlace, fc.nat(), ({ chain, i }, where) => {
        const edited = chain.map((event, n) => (n === i ? { ...event, body: otherAt(event.body, where) } : event))
        expect(bad(edited)).toBe(i + 1)
      }),
    )
  })

  test('an event with another text and a hash made to fit, unless all after it are made again', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        const edited = chain.map((event, n) => (n === i ? rehashed({ ...event, body: lying(event.body) }) : event))
        expect(bad(edited)).toBe(i + 2)
      }),
    )
  })

  test('an event that carries the text of another place, hash and links made to fit', () => {
    const [one] = aChain(1)
    if (!one) throw new Error('there is one')
    expect(bad([rehashed({ ...one, body: one.body.replace('"seq":1', '"seq":2') })])).toBe(1)
    expect(bad([rehashed({ ...one, body: 'no JSON' })])).toBe(1)
  })

  test('an inserted event with a hash of its own', () => {
    fc.assert(
      fc.property(aPlace, ({ chain, i }) => {
        const before = chain[i]
        if (!before) throw new Error('it is there')
        const forged = chainEvent(before.seq + 1, before.hash, anEntry({ action: 'request.denied' }))
        expect(bad(chain.toSpliced(i + 1, 0, forged))).toBe(i + 3)
      }),
    )
  })

  test('any other order', () => {
    const chain = aChain(5)
    fc.assert(
      fc.property(shuffled(chain), (mixed) => {
        const first = mixed.findIndex((event, i) => event.seq !== i + 1)
        expect(bad(mixed)).toBe(first < 0 ? 'intact' : first + 1)
      }),
    )
  })
})

test('a tail that was cut off shows in the head alone', () => {
  fc.assert(
    fc.property(aPlace, ({ chain, i }) => {
      const verdict = verifyChain(chain.slice(0, i + 1))
      expect(verdict).toMatchObject({ intact: true, head: { seq: i + 1 } })
      expect(verdict.intact && verdict.head.hash).not.toBe(chain.at(-1)?.hash)
    }),
  )
})

test('an event records actor, action, subject, detail and time, each of which the hash covers', () => {
  const entries = [
    anEntry(),
    anEntry({ actor: 'system:expire' }),
    anEntry({ action: 'request.denied' }),
    anEntry({ subject: { kind: 'plan', id: 'R-1' } }),
    anEntry({ detail: { because: 'x' } }),
    anEntry({ at: minutesLater(1) }),
  ]
  expect(new Set(entries.map((entry) => chainEvent(1, genesisHash, entry).hash)).size).toBe(entries.length)
  expect(JSON.parse(chainEvent(1, genesisHash, anEntry()).body)).toEqual({
    v: 1,
    seq: 1,
    actor: 'p-ana',
    action: 'request.approved',
    subject: { kind: 'request', id: 'R-1' },
    detail: {},
    at: '2026-03-01T09:00:00.000Z',
  })
})

function otherAt(text: string, where: number): string {
  const i = where % text.length
  return text.slice(0, i) + (text[i] === 'x' ? 'y' : 'x') + text.slice(i + 1)
}

function lying(body: string): string {
  return body.replace('request.approved', 'request.denied')
}

function rehashed(event: AuditEvent): AuditEvent {
  return { ...event, hash: auditHash(event.previousHash, event.body) }
}
