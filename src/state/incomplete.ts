import { objectOr } from '../core/cluster-facts.ts'
import { asksForShared, annotationOf } from '../core/pod.ts'
import { ANNOTATION } from '../core/vocabulary.ts'
import { objectsOf, textOf } from '../discovery/loose.ts'
import { FactUnavailable, type FactSource, type FactSubject } from '../facts/fact-source.ts'
import type { Facts } from '../core/facts.ts'
import { API_VERSION } from '../policy/kinds.ts'
import { ManifestError, type Manifest } from './manifest.ts'

/** Stands in a recording of which a part is missing: `dapr-shared record --partial` writes it. */
export const INCOMPLETE = { apiVersion: API_VERSION, kind: 'IncompleteRecording' } as const

/** Something that a cluster did not tell when it was recorded. */
export interface Unread {
  /** the kind whose objects are missing; none where no answer rests on them */
  readonly kind?: string
  /** where they are missing; none for all namespaces */
  readonly namespace?: string
  /** a sentence without its full stop */
  readonly why: string
}

export function isIncomplete({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return apiVersion === INCOMPLETE.apiVersion && kind === INCOMPLETE.kind
}

/**
 * What a recording says that it does not have.
 *
 * @throws ManifestError where it does not say it: then it could be anything
 */
export function readUnread(manifest: Manifest): Unread[] {
  const unread = objectsOf(objectOr(manifest.object)['unread']).map((one): Unread => {
    const [kind, namespace, why = ''] = [textOf(one['kind']), textOf(one['namespace']), textOf(one['why'])]
    return { ...(kind && { kind }), ...(namespace && { namespace }), why }
  })
  if (unread.length > 0 && unread.every(({ why }) => why !== '')) return unread
  throw new ManifestError(
    { ...manifest.source, line: manifest.lineOf(['unread']) },
    `${INCOMPLETE.kind}: wanted "unread", a list of what is missing, each with "why". Record the cluster again.`,
  )
}

/** The facts of an incomplete recording: an answer that rests on what is missing is unknown, and never "no". */
export function withoutUnread(facts: FactSource, unread: readonly Unread[]): FactSource {
  if (unread.length === 0) return facts
  const need = (kinds: ReadonlySet<string>, namespace: string): void => {
    const missing = unread.find(
      (one) =>
        one.kind !== undefined &&
        kinds.has(one.kind) &&
        (one.namespace === undefined || one.namespace === namespace),
    )
    if (missing !== undefined) throw new FactUnavailable(`the recording is incomplete: ${missing.why}`)
  }
  const guarded = ({ pod, namespace }: FactSubject, known: Facts): Facts => {
    if (asksForShared(pod)) {
      need(OF_ASKER, namespace)
      need(OF_INSTANCE, annotationOf(pod, ANNOTATION.namespace) ?? namespace)
    }
    return {
      ...known,
      namespaceLabels() {
        need(LABELS, namespace)
        return known.namespaceLabels()
      },
      consumers(...instance) {
        need(CONSUMERS, instance[0])
        return known.consumers(...instance)
      },
    }
  }
  return {
    peek: (subject) => guarded(subject, facts.peek(subject)),
    gather: async (subject, needs, signal) => guarded(subject, await facts.gather(subject, needs, signal)),
  }
}

const OF_ASKER: ReadonlySet<string> = new Set(['DaprSharedPolicy', 'DaprSharedException'])
const OF_INSTANCE: ReadonlySet<string> = new Set([
  'DaemonSet',
  'Deployment',
  'Service',
  'DaprSharedInstance',
  'DaprSharedGrant',
])
const LABELS: ReadonlySet<string> = new Set(['Namespace'])
const CONSUMERS: ReadonlySet<string> = new Set(['Pod'])
