import { readFields } from '../../kube/read-fields.ts'
import { certificatesIn, isSameBundle, isWithin } from '../pem-bundle.ts'

/** A webhook of a configuration that leads to our Service. */
interface OwnWebhook {
  readonly name: string
  /** the CAs in its `caBundle`, as in certificatesIn */
  readonly bundle: readonly string[]
}

/** A webhook configuration, as far as it is about whom it trusts. */
export interface SeenConfiguration {
  readonly uid: string
  readonly resourceVersion: string
  readonly webhooks: readonly OwnWebhook[]
}

/** The kinds of webhook configurations, by the name that metrics and logs have for them. */
export const CONFIGURATION_KINDS = {
  mutating: { kind: 'MutatingWebhookConfiguration', resource: 'mutatingwebhookconfigurations' },
  validating: { kind: 'ValidatingWebhookConfiguration', resource: 'validatingwebhookconfigurations' },
} as const

export type ConfigurationName = keyof typeof CONFIGURATION_KINDS
export const CONFIGURATION_NAMES = Object.keys(CONFIGURATION_KINDS) as readonly ConfigurationName[]

/** Where the webhooks lead to that are ours. */
export interface OwnService {
  readonly name: string
  readonly namespace: string
}

const API_VERSION = 'admissionregistration.k8s.io/v1'

export function configurationsPath(configuration: ConfigurationName): string {
  return `/apis/${API_VERSION}/${CONFIGURATION_KINDS[configuration].resource}`
}

/** Reads a configuration. Webhooks that lead elsewhere, by a URL or to another Service, are not ours to change. */
export function readConfiguration(object: unknown, own: OwnService): SeenConfiguration {
  const { metadata, webhooks } = readFields(object)
  const { uid, resourceVersion } = readFields(metadata)
  return {
    uid: String(uid),
    resourceVersion: String(resourceVersion),
    webhooks: (Array.isArray(webhooks) ? webhooks : []).flatMap((webhook) => readWebhook(webhook, own)),
  }
}

function readWebhook(webhook: unknown, own: OwnService): OwnWebhook[] {
  const { name, clientConfig } = readFields(webhook)
  const { service, caBundle } = readFields(clientConfig)
  const target = readFields(service)
  if (typeof name !== 'string' || target['name'] !== own.name || target['namespace'] !== own.namespace)
    return []
  const pem = typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : ''
  return [{ name, bundle: certificatesIn(pem) }]
}

/** Whether each of our webhooks there trusts exactly these CAs, of which there must be one. */
export function isInSync({ webhooks }: SeenConfiguration, wanted: readonly string[]): boolean {
  return wanted.length > 0 && webhooks.every(({ bundle }) => isSameBundle(bundle, wanted))
}

/** Whether each of our webhooks there trusts these CAs, and maybe others. */
export function trusts({ webhooks }: SeenConfiguration, wanted: readonly string[]): boolean {
  return wanted.length > 0 && webhooks.every(({ bundle }) => isWithin(wanted, bundle))
}

/** Whether a CA that is trusted somewhere there would be trusted no longer. */
export function takesAway({ webhooks }: SeenConfiguration, wanted: readonly string[]): boolean {
  return webhooks.some(({ bundle }) => !isWithin(bundle, wanted))
}

/**
 * What to apply so that each of our webhooks trusts these CAs: nothing but `caBundle`. It holds for the object as it was
 * seen; for another one of the same name, or after a change, the API server refuses it.
 */
export function bundlePatch(
  configuration: ConfigurationName,
  name: string,
  { uid, resourceVersion, webhooks }: SeenConfiguration,
  wanted: readonly string[],
): object {
  const caBundle = Buffer.from(wanted.join('')).toString('base64')
  return {
    apiVersion: API_VERSION,
    kind: CONFIGURATION_KINDS[configuration].kind,
    metadata: { name, uid, resourceVersion },
    webhooks: webhooks.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle } })),
  }
}
