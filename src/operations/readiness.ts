/** One named condition of being ready; a reason says why it is not met. */
export interface ReadinessCheck {
  readonly name: string
  readonly problem: () => string | undefined
}

export interface Readiness {
  readonly ready: boolean
  /** one line a check, as `/readyz?verbose` of Kubernetes' own servers has it */
  readonly text: string
}

/** Asks every check. */
export function checkReadiness(checks: readonly ReadinessCheck[]): Readiness {
  const results = checks.map(({ name, problem }) => ({ name, problem: problem() }))
  const ready = results.every(({ problem }) => problem === undefined)
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`,
  )
  return { ready, text: [...lines, ready ? 'ready' : 'not ready', ''].join('\n') }
}
