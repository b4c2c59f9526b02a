import type { ServiceFacts, WorkloadKind } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { API_VERSION } from '../policy/kinds.ts'
import { recognizeExternal, type ExternalRecognition } from './recognize-external.ts'
import { recognizeService } from './recognize-service.ts'
import { recognizeWorkload, type Recognition } from './recognize.ts'

/** An object that an instance may be made of, as it will be; `undefined` where it goes. */
export type InstanceChange =
  | {
      readonly of: 'workload'
      readonly kind: WorkloadKind
      readonly name: string
      readonly after: Recognition
    }
  | { readonly of: 'service'; readonly name: string; readonly after: ServiceFacts | undefined }
  | { readonly of: 'external'; readonly name: string; readonly after: ExternalRecognition }

/** Reads a change of one of the kinds that instances are made of; none for any other kind. */
export function readInstanceChange(
  { apiVersion, kind, name }: { readonly apiVersion: string; readonly kind: string; readonly name: string },
  after: JsonObject | undefined,
): InstanceChange | undefined {
  switch (`${apiVersion} ${kind}`) {
    case 'apps/v1 DaemonSet':
    case 'apps/v1 Deployment':
      return readWorkloadChange(kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment', name, after)
    case 'v1 Service':
      return { of: 'service', name, after: after && recognizeService(after) }
    case `${API_VERSION} DaprSharedInstance`:
      return { of: 'external', name, after: after && recognizeExternal(after) }
    default:
      return undefined
  }
}

function readWorkloadChange(kind: WorkloadKind, name: string, after: JsonObject | undefined): InstanceChange {
  return { of: 'workload', kind, name, after: after && recognizeWorkload(kind, after) }
}
