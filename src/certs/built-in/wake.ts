/** Something to wait for that may happen again and again. */
export interface Wake {
  /** Resolves when it happens next: ask for it before looking, or what happens in between is missed. */
  next(): Promise<void>
  now(): void
}

export function makeWake(): Wake {
  let waiting = Promise.withResolvers<void>()
  return {
    next: () => waiting.promise,
    now() {
      waiting.resolve()
      waiting = Promise.withResolvers<void>()
    },
  }
}
