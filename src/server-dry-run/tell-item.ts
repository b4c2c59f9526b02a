import type { Change, Difference, ServerItem, Speaker } from './result.ts'

const SPEAKERS: Readonly<Record<Speaker['kind'], string>> = {
  '': '',
  webhook: 'the webhook',
  policy: 'the ValidatingAdmissionPolicy',
  quota: 'the ResourceQuota',
  'pod-security': 'Pod Security',
  validation: 'the validation of the API server',
  admission: 'the admission of the API server',
  authorization: 'the authorization of the API server',
  connection: 'the connection',
  server: 'the API server',
}

/** `the webhook validate.shared.dapr.io`. */
export function tellSpeaker({ kind, name }: Speaker): string {
  return name === '' ? SPEAKERS[kind] : `${SPEAKERS[kind]} ${name}`
}

/** What becomes of the pod, in a few words. */
export function tellOutcome({ outcome, by, asks, webhook, instance }: ServerItem): string {
  if (outcome === 'refused') return `refused by ${tellSpeaker(by)}`
  if (outcome === 'unknown') return 'unknown'
  if (!asks) return 'admitted, does not ask'
  if (webhook === 'missing') return 'admitted without our webhook'
  return instance === '' ? 'admitted without injection' : `admitted, uses ${instance}`
}

/** `DAPR_HTTP_ENDPOINT of container "app": offline http://…, in the cluster nothing`. */
export function tellDifference({ field, offline, cluster }: Difference): string {
  const what = field === '' ? 'the answer' : field
  return `${what}: offline ${offline === '' ? 'nothing' : offline}, in the cluster ${cluster === '' ? 'nothing' : cluster}`
}

export function tellChange({ field, change, before, after }: Change): string {
  const values =
    before === '' ? (after === '' ? '' : ` (${after})`) : ` (${before}${after === '' ? '' : ` -> ${after}`})`
  return `${change} ${field}${values}`
}
