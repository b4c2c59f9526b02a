import { changedPod } from './ordinary-review.ts'
import { clusterFile } from './read-cluster.ts'
import { readCorpus, type Expectation } from './read-corpus.ts'

/** A pod that a real API server takes, and what becomes of it there. */
export interface ApiServerCase {
  readonly name: string
  readonly row: number
  /** to be created in its namespace, "shop" */
  readonly pod: Record<string, unknown>
  readonly expected: {
    readonly allowed: boolean
    /** HTTP status of the refusal */
    readonly code: number | undefined
    /** that refuse, in order */
    readonly rules: readonly string[]
    /** texts of the refusal's message */
    readonly message: readonly string[]
    /** a text of each warning, in order */
    readonly warnings: readonly string[]
    /** containers that have variables of ours which the pod did not bring; empty where nothing is changed */
    readonly injected: readonly string[]
    /** by container and name: a value, or secret/key */
    readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
}

/** The manifests of the cluster in which the cases hold: to be applied first, status too. */
export const API_SERVER_CLUSTER = clusterFile('shop')

/** The cases of the corpus that a real API server can produce: the same answer is expected there. */
export const API_SERVER_CASES: readonly ApiServerCase[] = readCorpus().flatMap(
  ({ apiServer, row, name, cluster, request, expect }) => {
    if (apiServer !== true) return []
    if (cluster !== 'shop' || !('review' in request) || 'answers' in expect) {
      throw new Error(`row ${row}, ${name}: no case for a real API server`)
    }
    return [{ row, name, pod: changedPod(request.review), expected: expectedOf(expect) }]
  },
)

function expectedOf(expectation: Expectation): ApiServerCase['expected'] {
  const {
    allowed = false,
    code,
    rules = [],
    message = [],
    warnings = [],
    injected = [],
    env = {},
  } = expectation
  return { allowed, code, rules, message, warnings, injected, env }
}
