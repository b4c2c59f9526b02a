/** Parts of a review that differ from an ordinary one: the creation of pod shop/web, which asks for "cart". */
export interface ReviewParts {
  readonly uid?: unknown
  readonly operation?: unknown
  readonly namespace?: unknown
  readonly name?: string
  readonly kind?: unknown
  readonly resource?: unknown
  readonly subResource?: string
  readonly object?: unknown
  readonly oldObject?: unknown
  readonly dryRun?: unknown
}

const POD_KIND = { group: '', version: 'v1', kind: 'Pod' }
const PODS = { group: '', version: 'v1', resource: 'pods' }

/** An AdmissionReview as the API server writes it. */
export function aReview(parts: ReviewParts = {}): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { ...POD_KIND },
      resource: { ...PODS },
      requestKind: { ...POD_KIND },
      requestResource: { ...PODS },
      name: 'web',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object: aPod(),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...parts,
    },
  }
}

export interface PodParts {
  readonly annotations?: Readonly<Record<string, unknown>> | null
  readonly labels?: Readonly<Record<string, string>> | null
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly containers?: unknown
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A pod of namespace shop with one container "app", which asks for the instance "cart". */
export function aPod({
  annotations = { 'dapr.io/shared': 'cart' },
  labels = { app: 'web' },
  metadata = {},
  containers = [{ name: 'app', image: 'ghcr.io/acme/web:1', env: [{ name: 'LOG_LEVEL', value: 'info' }] }],
  spec = {},
}: PodParts = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', annotations, labels, ...metadata },
    spec: { serviceAccountName: 'default', containers, ...spec },
  }
}
