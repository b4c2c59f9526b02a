import { objectOr, type ServiceFacts } from '../core/cluster-facts.ts'
import { isDnsLabel } from '../core/dns-names.ts'
import { DAPR_ANNOTATION, isTruthy } from '../core/vocabulary.ts'
import { listOf, numberOf, objectsOf, stringsOf, textOf } from './loose.ts'

/** The fields of a Service that pairing and findings need; none where it has no usable name. */
export function recognizeService(object: unknown): ServiceFacts | undefined {
  const service = objectOr(object)
  const metadata = objectOr(service['metadata'])
  const name = textOf(metadata['name'])
  if (name === undefined || !isDnsLabel(name)) return undefined
  const spec = objectOr(service['spec'])
  return {
    namespace: textOf(metadata['namespace']) ?? '',
    name,
    selector: stringsOf(spec['selector']),
    type: textOf(spec['type']) ?? 'ClusterIP',
    headless: spec['clusterIP'] === 'None',
    ports: objectsOf(spec['ports']).flatMap((port) => {
      const number = numberOf(port['port'])
      if (number === undefined) return []
      return {
        name: textOf(port['name']) ?? '',
        port: number,
        targetPort: textOf(port['targetPort']) ?? numberOf(port['targetPort']) ?? number,
        tcp: (textOf(port['protocol']) ?? 'TCP') === 'TCP',
      }
    }),
    locality: readLocality(spec),
    ipv6First: listOf(spec['ipFamilies'])[0] === 'IPv6',
    externalIps: listOf(spec['externalIPs']).length > 0,
    sidecarAppId: readSidecarAppId(metadata),
  }
}

function readLocality(spec: Readonly<Record<string, unknown>>): ServiceFacts['locality'] {
  if (spec['internalTrafficPolicy'] === 'Local') return 'Local'
  return spec['trafficDistribution'] === 'PreferSameNode' ? 'Preferred' : 'Spread'
}

/** Dapr's operator marks the Services it makes for sidecar applications (dapr/dapr pkg/operator/handlers). */
function readSidecarAppId(metadata: Readonly<Record<string, unknown>>): string | undefined {
  if (!isTruthy(textOf(objectOr(metadata['labels'])[DAPR_ANNOTATION.enabled]))) return undefined
  return textOf(objectOr(metadata['annotations'])[DAPR_ANNOTATION.appId]) ?? ''
}
