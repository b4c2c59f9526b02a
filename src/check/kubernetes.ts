import type { ClusterFacts } from './facts.ts'
import { withFact } from './known.ts'
import { fail, ok, unknown, warn, type Line } from './line.ts'

/** matchConditions and ValidatingAdmissionPolicy are stable since this one (docs/compatibility.md). */
export const OLDEST = [1, 30] as const
/** The newest one that our tests run on. */
export const NEWEST_TESTED = [1, 36] as const

export const NEEDED_RESOURCES = [
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'apiextensions.k8s.io/customresourcedefinitions',
] as const

/** The API server itself. */
export function kubernetesLines(facts: ClusterFacts): readonly Line[] {
  return [
    ...withFact('kubernetes.version', facts.version, 'the version of Kubernetes', versionLine),
    ...withFact('kubernetes.api', facts.resources, 'what the API server serves', apiLine),
  ]
}

function versionLine(text: string): Line {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text) ?? []
  const oldest = OLDEST.join('.')
  if (major === undefined || minor === undefined)
    return unknown('kubernetes.version', {
      what: 'the version of Kubernetes cannot be read.',
      wanted: `${oldest} or newer`,
      got: text,
      cure: 'Look: kubectl version',
    })
  const version = [Number(major), Number(minor)] as const
  if (isBefore(version, OLDEST))
    return fail('kubernetes.version', {
      what: `Kubernetes ${text} is too old: ValidatingAdmissionPolicy, which guards our labels, is not served there.`,
      wanted: `${oldest} or newer`,
      got: text,
      cure: `Upgrade the cluster to Kubernetes ${oldest} or newer.`,
    })
  if (isBefore(NEWEST_TESTED, version))
    return warn('kubernetes.version', {
      what: `Kubernetes ${text} is newer than what this version was tested with.`,
      wanted: `${oldest} to ${NEWEST_TESTED.join('.')}`,
      got: text,
      cure: 'Look for a newer version of Dapr Shared Admission; the lines below tell whether this one works.',
    })
  return ok('kubernetes.version', `Kubernetes ${text}`)
}

function isBefore(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}

function apiLine(served: ReadonlySet<string>): Line {
  const missing = NEEDED_RESOURCES.filter((resource) => !served.has(resource))
  if (missing.length === 0) return ok('kubernetes.api', 'the kinds that are needed are served')
  return fail('kubernetes.api', {
    what: `the API server does not serve ${missing.join(', ')}.`,
    wanted: NEEDED_RESOURCES.join(', '),
    got: [...served].filter((one) => NEEDED_RESOURCES.some((needed) => needed === one)).join(', ') || 'none',
    cure: 'Take admissionregistration.k8s.io/v1 out of --runtime-config of kube-apiserver, or upgrade the cluster.',
  })
}
