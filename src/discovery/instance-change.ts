import type { ServiceFacts, WorkloadKind } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
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
  { kind, name }: { readonly kind: string; readonly name: string },
  after: JsonObject | undefined,
): InstanceChange | undefined {
  switch (kind) {
    case 'DaemonSet':
    case 'Deployment':
      return { of: 'workload', kind, name, after: after && recognizeWorkload(kind, after) }
    case 'Service':
      return { of: 'service', name, after: after && recognizeService(after) }
    case 'DaprSharedInstance':
      return { of: 'external', name, after: after && recognizeExternal(after) }
    default:
      return undefined
  }
}
