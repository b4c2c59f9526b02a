import { objectOr, type ExternalFacts, type UnusableWorkload } from '../core/cluster-facts.ts'
import { isAppId } from '../core/dns-names.ts'
import { isProblems, readResource, withoutServerFields } from '../policy/read-resource.ts'
import { textOf } from './loose.ts'

/** A DaprSharedInstance: an instance outside of the cluster, or one that should be and cannot. */
export type ExternalRecognition =
  { readonly external: ExternalFacts } | { readonly unusable: UnusableWorkload } | undefined

/** Reads a DaprSharedInstance. The API server has checked it, unless its CRD was changed since. */
export function recognizeExternal(object: unknown): ExternalRecognition {
  const metadata = objectOr(objectOr(object)['metadata'])
  const namespace = textOf(metadata['namespace']) ?? ''
  const name = textOf(metadata['name']) ?? ''
  if (!isAppId(name)) return undefined
  const reading = readResource(withoutServerFields(objectOr(object)))
  if (isProblems(reading) || reading.kind !== 'DaprSharedInstance') {
    return { unusable: { kind: 'DaprSharedInstance', namespace, name, reason: 'is invalid' } }
  }
  const { appId, external } = reading.spec
  return {
    external: {
      namespace,
      appId,
      httpEndpoint: external.httpEndpoint,
      grpcEndpoint: external.grpcEndpoint,
      token: external.apiTokenSecret,
    },
  }
}
