/** For files that make keys, sample properties or wait for conditions, on machines that may be busy with other tests. */
export const PATIENCE = { testTimeout: 60_000, hookTimeout: 60_000 }
