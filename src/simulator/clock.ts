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
}

/** Time that stands still until it is told to pass. */
export function virtualClock(startsAtMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startsAtMs
  const waiting = new Set<{ dueAtMs: number; task: () => void }>()

  function nextDue(untilMs: number) {
    let next: { dueAtMs: number; task: () => void } | undefined
    for (const entry of waiting) {
      if (entry.dueAtMs <= untilMs && (next === undefined || entry.dueAtMs < next.dueAtMs)) next = entry
    }
    return next
  }

  return {
    now: () => nowMs,
    schedule(afterMs, task) {
      const entry = { dueAtMs: nowMs + Math.max(0, afterMs), task }
      waiting.add(entry)
      return () => waiting.delete(entry)
    },
    advance(byMs) {
      const untilMs = nowMs + byMs
      for (let entry = nextDue(untilMs); entry; entry = nextDue(untilMs)) {
        waiting.delete(entry)
        nowMs = entry.dueAtMs
        entry.task()
      }
      nowMs = untilMs
    },
  }
}

/** Resolves when `ms` of this clock's time have passed. */
export function pause(clock: SimulatorClock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(ms, resolve)
  })
}
