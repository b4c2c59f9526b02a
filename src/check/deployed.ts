import { posix } from 'node:path'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { BUILT_IN_SECRET } from '../config/tls-settings.ts'
import { listOf, objectsOf, textOf } from '../discovery/loose.ts'
import { readFlags } from '../discovery/read-daprd.ts'
import { NAME } from '../install/names.ts'

/** How the service runs, as far as its Deployment shows it. */
export interface Deployed {
  readonly tlsMode: 'files' | 'secret' | 'built-in' | 'self-made'
  /** where the serving certificate lies; empty where the Deployment does not tell */
  readonly certificateSecret: string
  readonly serviceAccount: string
  readonly events: boolean
  /** besides the built-in ones */
  readonly skippedContainers: readonly string[]
  /** none where it is found in the cluster */
  readonly clusterDomain: string | undefined
  readonly reviewApi: boolean
  /** of the label or the image, `0.1.0`; empty where neither tells */
  readonly version: string
}

/** What a Deployment says of the service; without one, what `manifests` would make. */
export function readDeployed(deployment: JsonObject | undefined): Deployed {
  const template = objectOr(objectOr(deployment?.['spec'])['template'])
  const podSpec = objectOr(template['spec'])
  const [container = {}] = objectsOf(podSpec['containers'])
  const flags = readFlags([...listOf(container['command']), ...listOf(container['args'])])
  const env = new Map(objectsOf(container['env']).map(({ name, value }) => [textOf(name), textOf(value)]))
  const setting = (name: string): string | undefined =>
    flags.get(name)?.at(-1) ?? env.get(`DAPR_SHARED_${name.toUpperCase().replaceAll('-', '_')}`)
  const tlsSecret = setting('tls-secret')
  const tlsMode = modeOf(setting('tls-mode'), setting('tls-cert'), tlsSecret)
  return {
    tlsMode,
    certificateSecret: secretOf(tlsMode, tlsSecret, setting('tls-cert'), podSpec, container),
    serviceAccount: textOf(podSpec['serviceAccountName']) ?? NAME,
    events: setting('events') !== 'off',
    skippedContainers: (setting('skip-containers') ?? '').split(',').filter((name) => name !== ''),
    clusterDomain: setting('cluster-domain'),
    reviewApi: setting('review-api') === 'token',
    version: versionOf(template, container),
  }
}

function modeOf(
  mode: string | undefined,
  certFile: string | undefined,
  secret: string | undefined,
): Deployed['tlsMode'] {
  if (mode === 'files' || mode === 'secret' || mode === 'built-in' || mode === 'self-made') return mode
  if (certFile !== undefined) return 'files'
  return secret === undefined ? 'files' : 'secret'
}

/** Files come from a Secret as a rule: that which is mounted where the certificate is read. */
function secretOf(
  mode: Deployed['tlsMode'],
  secret: string | undefined,
  certFile: string | undefined,
  podSpec: JsonObject,
  container: JsonObject,
): string {
  if (mode === 'built-in') return secret ?? BUILT_IN_SECRET
  if (mode === 'secret') return secret ?? ''
  if (certFile === undefined) return ''
  const folder = posix.dirname(certFile)
  const mount = objectsOf(container['volumeMounts']).find(
    ({ mountPath }) => posix.normalize(`${textOf(mountPath) ?? ''}/.`) === folder,
  )
  const volume = objectsOf(podSpec['volumes']).find(({ name }) => name === mount?.['name'])
  return textOf(objectOr(volume?.['secret'])['secretName']) ?? ''
}

function versionOf(template: JsonObject, container: JsonObject): string {
  const label = textOf(objectOr(objectOr(template['metadata'])['labels'])['app.kubernetes.io/version'])
  if (label !== undefined) return label
  const image = (textOf(container['image']) ?? '').split('@')[0] ?? ''
  return /:v?(\d+\.\d+\.\d+[^:/]*)$/.exec(image)?.[1] ?? ''
}
