/** Runs a function once, `ms` from now; the answer cancels it. */
export type SetTimer = (run: () => void, ms: number) => () => void

/** The real timer. Waiting for a certificate to change keeps no process alive. */
export const systemTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, ms).unref()
  return () => clearTimeout(timer)
}
