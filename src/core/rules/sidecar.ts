import { annotationField } from '../ask.ts'
import { besideParts, policyFinding, type Cap, type Governance } from '../governance.ts'
import { annotationOf, placedContainers, type Pod } from '../pod.ts'
import type { Policy } from '../policy.ts'
import { quote } from '../quote.ts'
import { finding, type Complaint, type Finding } from '../rules.ts'
import { ANNOTATION, DAPR_ANNOTATION, isTruthy } from '../vocabulary.ts'

const SIDECAR = 'daprd'

/** What comes of a pod that wants a sidecar too. */
export interface SidecarJudgement {
  readonly findings: readonly Finding[]
  /** `disable-sidecar`: it is injected, and `dapr.io/enabled` is set to "false" */
  readonly resolution: 'inject' | 'leave-alone' | 'disable-sidecar'
}

interface Conflict {
  readonly by: 'annotation' | 'container'
  readonly complaint: Complaint
}

type Mode = NonNullable<Policy['rules']['sidecar']>

const STRICTEST_FIRST: readonly Mode[] = ['Deny', 'PreferSidecar', 'PreferShared']

/**
 * `sidecar.conflict`: two daprds for one application would both consume its messages and host its actors. Of several
 * policies the strictest mode counts; a container that is there cannot be wished away by `PreferShared`.
 */
export function sidecarConflict(pod: Pod, governance: Governance): SidecarJudgement {
  const conflict = findConflict(pod)
  if (conflict === undefined) return { findings: [], resolution: 'inject' }
  const mode = STRICTEST_FIRST.find((one) => governance.policies.some(({ rules }) => rules.sidecar === one))
  const disabled = mode === 'PreferShared' && conflict.by === 'annotation'
  const preferred = mode === 'PreferSidecar' || disabled
  const complaint = preferred ? asPreferred(conflict.complaint, disabled) : conflict.complaint
  return {
    findings: [
      ...besideParts(
        finding('sidecar.conflict', conflict.complaint),
        governance,
        ({ rules }) => rules.sidecar !== undefined,
      ),
      ...governance.policies
        .filter(
          ({ rules }) =>
            rules.sidecar !== undefined && (rules.sidecar === mode || refuses(rules.sidecar, conflict)),
        )
        .map((policy) => preferredFinding(governance, policy, complaint, preferred)),
    ],
    resolution: disabled ? 'disable-sidecar' : 'leave-alone',
  }
}

/** A container that is there can be left alone, but not wished away: only one who prefers the sidecar does not mind. */
function refuses(mode: Mode, { by }: Conflict): boolean {
  return mode === 'Deny' || (mode === 'PreferShared' && by === 'container')
}

function findConflict(pod: Pod): Conflict | undefined {
  const daprd = placedContainers(pod).find(({ container }) => container.name === SIDECAR)
  const enabled = annotationOf(pod, DAPR_ANNOTATION.enabled)
  if (daprd !== undefined) {
    return {
      by: 'container',
      complaint: {
        message: 'the pod has a container "daprd" beside the shared instance.',
        cure: `Remove ${isTruthy(enabled) ? DAPR_ANNOTATION.enabled : 'the container'}, or ${ANNOTATION.shared}.`,
        field: `spec.${daprd.list}[${daprd.index}]`,
      },
    }
  }
  if (!isTruthy(enabled)) return undefined
  return {
    by: 'annotation',
    complaint: {
      message: `the pod asks for a sidecar too (${DAPR_ANNOTATION.enabled}: ${quote(enabled ?? '')}).`,
      cure: `Remove ${DAPR_ANNOTATION.enabled} to use the shared instance, or ${ANNOTATION.shared} to keep the sidecar.`,
      field: annotationField(DAPR_ANNOTATION.enabled),
    },
  }
}

/** What a policy settles by itself is only told, unless its override says more. */
function preferredFinding(
  governance: Governance,
  policy: Policy,
  complaint: Complaint,
  preferred: boolean,
): Finding {
  const overridden = policy.overrides.get('sidecar.conflict')?.action !== undefined
  const cap: Cap | undefined = preferred && !overridden ? 'Warn' : undefined
  return policyFinding(governance, policy, 'sidecar.conflict', complaint, cap)
}

function asPreferred(complaint: Complaint, disabled: boolean): Complaint {
  return {
    ...complaint,
    message: disabled
      ? `the pod asks for a sidecar too, which gives way: ${DAPR_ANNOTATION.enabled} becomes "false" where it is injected.`
      : 'the pod has a sidecar, so the shared instance is not injected.',
  }
}
