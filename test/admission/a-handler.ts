import { makeHandler, type HandlerParts } from '../../src/admission/handle.ts'
import type { Reply } from '../../src/admission/reply.ts'
import { readCluster, SETTINGS } from '../corpus/read-cluster.ts'
import { aPod, aReview, type ReviewParts } from './a-review.ts'
import { recordedEvents } from './recorded-events.ts'
import { readResponse, type AdmissionResponse } from './response-contract.ts'
import { KNOWN_FACTS, ungoverned } from './known-facts.ts'

export const SHOP = readCluster('shop')
const UID = 'aa11'

/** A handler that knows the cluster "shop" and looks nothing up, with parts replaced, and what it tells. */
export function aHandler(parts: Partial<HandlerParts> = {}) {
  const events = recordedEvents()
  const handle = makeHandler({
    known: () => ungoverned(SHOP),
    facts: KNOWN_FACTS,
    now: () => 0,
    lookUp: undefined,
    isRefusal: () => false,
    settings: SETTINGS,
    clock: () => 0,
    events,
    ...parts,
  })
  return { handle, events }
}

/** A review of a pod of namespace shop that asks for this app-id. */
export function asking(appId: string, parts: ReviewParts = {}): Record<string, unknown> {
  return aReview({ uid: UID, object: aPod({ annotations: { 'dapr.io/shared': appId } }), ...parts })
}

/** The verdict inside a reply. */
export function verdictOf({ status, body }: Reply): AdmissionResponse {
  if (status !== 200) throw new Error(`no verdict: ${status} ${body}`)
  return readResponse(body, { uid: UID, stage: 'mutate' })
}
