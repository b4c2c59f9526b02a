/** What is done to the service while pods are created. */
export type Step =
  'serving certificate' | 'CA' | 'rolling restart' | 'API server restart' | 'CA and rolling restart'

export interface Plan {
  readonly steps: readonly Step[]
  readonly drainSeconds: number
  /** milliseconds until the cluster learns that a replica comes or goes: one of these, in turn, for each step */
  readonly lags: readonly number[]
  /** creates that must succeed before, between and after the steps */
  readonly between: number
  /** pods a second */
  readonly rates: { readonly asking: number; readonly plain: number }
}

const RATES = { asking: 200, plain: 20 }

/** For every change: each kind of step at least once. */
export const SHORT: Plan = {
  steps: ['serving certificate', 'rolling restart', 'CA', 'API server restart', 'rolling restart'],
  drainSeconds: 3,
  lags: [0, 500, 1000],
  between: 100,
  rates: RATES,
}

/** The same in part, for the other failure policy. */
export const SHORTER: Plan = { ...SHORT, steps: ['CA and rolling restart', 'serving certificate'] }

/** What production must survive: with the default drain, and a cluster that learns as late as 5 s. */
export const LONG: Plan = {
  steps: [
    ...repeat<Step>(3, ['serving certificate', 'rolling restart', 'serving certificate', 'rolling restart']),
    'API server restart',
    'CA',
    'rolling restart',
    'API server restart',
    'serving certificate',
    'serving certificate',
    'CA and rolling restart',
    'API server restart',
    'serving certificate',
    'rolling restart',
    'serving certificate',
    'rolling restart',
  ],
  drainSeconds: 15,
  lags: [0, 1000, 2500, 5000],
  between: 400,
  rates: RATES,
}

/** How often each single thing is done. */
export function countSteps({ steps }: Pick<Plan, 'steps'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const step of steps)
    for (const part of step.split(' and ')) counts.set(part, (counts.get(part) ?? 0) + 1)
  return counts
}

function repeat<Item>(times: number, items: readonly Item[]): Item[] {
  return Array.from({ length: times }, () => items).flat()
}
