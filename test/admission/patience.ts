/** How long a test waits for what must happen: long enough for a machine that is busy with other tests. */
export const PATIENCE = { timeout: 30_000, interval: 10 }

/** What a test as a whole may take, for `vi.setConfig`. */
export const PATIENT = { testTimeout: 60_000, hookTimeout: 60_000 }
