import type { ApiError } from '../kube/call-errors.ts'
import type { Speaker } from './result.ts'

/** What an API server's no means for a pod: it is refused, or nobody judged it. */
export interface Refusal {
  readonly outcome: 'refused' | 'unknown'
  readonly by: Speaker
  readonly message: string
  /** what the pod needs and the cluster does not have */
  readonly lacks?: { readonly kind: 'Namespace' | 'ServiceAccount' | 'PriorityClass'; readonly name: string }
}

interface Saying {
  readonly pattern: RegExp
  readonly read: (groups: Readonly<Record<string, string>>, message: string) => Omit<Refusal, 'message'>
}

/**
 * The sentences by which the API server tells who refused; its Status has no field for that. A webhook's own words come
 * last in its sentence and may be anything, so it is known by how the sentence begins.
 */
const SAYINGS: readonly Saying[] = [
  {
    // apiserver pkg/admission/plugin/webhook/errors/statuserror.go
    pattern: /^admission webhook "(?<name>[^"]+)" denied the request/,
    read: ({ name = '' }) => refused('webhook', name),
  },
  {
    pattern: /^(?:Internal error occurred: )?failed calling webhook "(?<name>[^"]+)"/,
    read: ({ name = '' }) => unknown('webhook', name),
  },
  {
    pattern: /^admission webhook "(?<name>[^"]+)" (?:does not support dry run|attempted to modify)/,
    read: ({ name = '' }) => unknown('webhook', name),
  },
  {
    pattern: /^pods is forbidden: User "[^"]*" cannot create resource "pods"/,
    read: () => unknown('authorization', ''),
  },
  {
    pattern: /^namespaces "(?<name>[^"]+)" not found/,
    read: ({ name = '' }) => ({ ...refused('admission', ''), lacks: { kind: 'Namespace', name } }),
  },
  {
    pattern: /^\S+ "[^"]*" is (?:forbidden|invalid): ValidatingAdmissionPolicy '(?<name>[^']+)'/,
    read: ({ name = '' }) => refused('policy', name),
  },
  {
    pattern: /^pods "[^"]*" is forbidden: violates PodSecurity "(?<name>[^"]+)"/,
    read: ({ name = '' }) => refused('pod-security', name),
  },
  {
    pattern: /^pods "[^"]*" is forbidden: (?:exceeded|failed) quota: (?<name>[^,:\s]+)/,
    read: ({ name = '' }) => refused('quota', name),
  },
  {
    pattern:
      /^pods "[^"]*" is forbidden: error looking up service account (?<name>[^:\s]+): serviceaccount .* not found/,
    read: ({ name = '' }) => ({
      ...refused('admission', ''),
      lacks: { kind: 'ServiceAccount', name: name.slice(name.indexOf('/') + 1) },
    }),
  },
  {
    pattern: /^pods "[^"]*" is forbidden: no PriorityClass with name (?<name>\S+) was found/,
    read: ({ name = '' }) => ({ ...refused('admission', ''), lacks: { kind: 'PriorityClass', name } }),
  },
]

/** Reads an answer that is not 2xx. */
export function readRefusal(error: ApiError): Refusal {
  const message = oneLine(error.message)
  for (const { pattern, read } of SAYINGS) {
    const match = pattern.exec(message)
    if (match !== null) return { ...read(match.groups ?? {}, message), message }
  }
  return { ...byStatus(error), message }
}

/** An answer without a reason is no Status of an API server: a proxy on the way judged nobody. */
function byStatus({ status, reason }: ApiError): Omit<Refusal, 'message'> {
  if (status === 401) return unknown('authorization', '')
  if (reason === '') return unknown('server', '')
  if (status === 400 || status === 413 || status === 422) return refused('validation', '')
  if (status === 429 || status >= 500 || status === 408) return unknown('server', '')
  return status === 403 || status === 409 ? refused('admission', '') : unknown('server', '')
}

function refused(kind: Speaker['kind'], name: string): Pick<Refusal, 'outcome' | 'by'> {
  return { outcome: 'refused', by: { kind, name } }
}

function unknown(kind: Speaker['kind'], name: string): Pick<Refusal, 'outcome' | 'by'> {
  return { outcome: 'unknown', by: { kind, name } }
}

/** What others say goes to a terminal: one line, and nothing that steers one. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
