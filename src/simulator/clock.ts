/** The time that the simulated AWS lives in. Everything that takes time there goes through it. */
export interface SimulatorClock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `task` once, when `afterMs` of this clock's time have passed. Answers how to call it off. */
  schedule(afterMs: number, task: () => void): () => void
}

/** Wall time. With a `scale` of 60 a simulated minute passes in a second. */
export function realClock(scale = 1): SimulatorClock {
  const startedAt = Date.now()
  return {
    now: () => startedAt + (Date.now() - startedAt) * scale,
    schedule(afterMs, task) {
      const timer = setTimeout(task, afterMs / scale).unref()
      return () => clearTimeout(timer)
    },
  }
}

export interface VirtualClock extends SimulatorClock {
  /** Lets time pass. Tasks that fall due run in order of their time, each at its own instant, also those that tasks schedule. */
  advance(byMs: number): void
  /** Lets time pass to the next task that is due, and runs it with all of the same instant. Nothing waits: nothing happens. */
  advanceToNext(): void
}

interface Waiting {
  dueAtMs: number
  sequence: number
  task: (() => void) | undefined
}

/** Time that stands still until it is told to pass. */
export function virtualClock(startsAtMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startsAtMs
  let nextSequence = 0
  const waiting = heap<Waiting>((a, b) => a.dueAtMs - b.dueAtMs || a.sequence - b.sequence)

  /** Runs what is due until then, and answers nothing of it is left. What was called off has no task. */
  function runUntil(untilMs: number): void {
    for (let next = waiting.peek(); next && next.dueAtMs <= untilMs; next = waiting.peek()) {
      waiting.pop()
      if (!next.task) continue
      nowMs = next.dueAtMs
      next.task()
    }
    nowMs = untilMs
  }

  return {
    now: () => nowMs,
    schedule(afterMs, task) {
      const entry: Waiting = { dueAtMs: nowMs + Math.max(0, afterMs), sequence: nextSequence++, task }
      waiting.push(entry)
      return () => {
        entry.task = undefined
      }
    },
    advance: (byMs) => runUntil(nowMs + byMs),
    advanceToNext() {
      while (waiting.peek() && !waiting.peek()?.task) waiting.pop()
      const next = waiting.peek()
      if (next) runUntil(next.dueAtMs)
    },
  }
}

/** A binary heap: the least first. */
function heap<T>(compare: (a: T, b: T) => number): { push(item: T): void; pop(): void; peek(): T | undefined } {
  const items: T[] = []
  const isLess = (i: number, j: number): boolean => compare(items[i] as T, items[j] as T) < 0
  const swap = (i: number, j: number): void => {
    ;[items[i], items[j]] = [items[j] as T, items[i] as T]
  }
  return {
    peek: () => items[0],
    push(item) {
      items.push(item)
      for (let i = items.length - 1; i > 0 && isLess(i, (i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1)
    },
    pop() {
      const last = items.pop()
      if (last === undefined || items.length === 0) return
      items[0] = last
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2]
        let least = i
        if (left < items.length && isLess(left, least)) least = left
        if (right < items.length && isLess(right, least)) least = right
        if (least === i) return
        swap(i, least)
        i = least
      }
    },
  }
}

/** Resolves when `ms` of this clock's time have passed. */
export function pause(clock: SimulatorClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(ms, resolve)
  })
}
