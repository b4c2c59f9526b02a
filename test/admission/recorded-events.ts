import type { AdmissionEvents, NoVerdictEvent, ReviewEvent } from '../../src/admission/handle.ts'

type Told =
  | { readonly event: 'decided'; readonly outcome: string }
  | { readonly event: 'handedOver' | 'failed' | 'malformed'; readonly reason: string }

/** What was told, in order: reviews and live look-ups apart. */
export interface RecordedEvents extends AdmissionEvents {
  readonly told: Told[]
  readonly lookUps: string[]
  readonly errors: unknown[]
}

export function recordedEvents(): RecordedEvents {
  const told: Told[] = []
  const lookUps: string[] = []
  const errors: unknown[] = []
  const record =
    (event: 'handedOver' | 'failed' | 'malformed') =>
    ({ reason, error }: NoVerdictEvent): void => {
      told.push({ event, reason })
      if (error !== undefined) errors.push(error)
    }
  return {
    told,
    lookUps,
    errors,
    podDecided: ({ decision }: ReviewEvent) =>
      void told.push({ event: 'decided', outcome: decision.outcome }),
    handedOver: record('handedOver'),
    failed: record('failed'),
    malformed: record('malformed'),
    liveLookUp: (_review, result) => void lookUps.push(result),
  }
}
