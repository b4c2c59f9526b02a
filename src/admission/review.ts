import { isDnsLabel } from '../core/dns-names.ts'
import { API_VERSION } from '../policy/kinds.ts'
import { templatePath } from '../workloads/expand.ts'
import { denialCode, denialMessage, tellFinding, warningsOf } from '../core/message.ts'
import { isAllowed, type Decision } from '../core/decision.ts'
import type { PatchOperation } from '../core/json-patch.ts'
import { isObject, isPodProblem, readPod, type JsonObject, type Pod } from '../core/pod.ts'

/** Why a body is not a review that an API server sends. The value is all that the caller is told. */
export type MalformedReason =
  'NotAReview' | 'UnsupportedReviewVersion' | 'ReviewMalformed' | 'PodMalformed' | 'NamespaceMismatch'

export class MalformedReview extends Error {
  override readonly name = 'MalformedReview'
  readonly reason: MalformedReason

  constructor(reason: MalformedReason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** What a review is about, as far as it concerns us. */
export type Subject =
  | { readonly kind: 'create'; readonly pod: Pod }
  | { readonly kind: 'update'; readonly pod: Pod; readonly oldPod: Pod }
  | { readonly kind: 'binding'; readonly labels: JsonObject }
  | ReviewedObject
  | { readonly kind: 'other' }

/** An object that is no pod: a workload, or what an instance is made of. */
export interface ReviewedObject {
  readonly kind: 'object'
  readonly apiVersion: string
  readonly objectKind: string
  /** at CREATE perhaps only the beginning of one */
  readonly name: string
  /** absent at DELETE */
  readonly object: JsonObject | undefined
  /** absent at CREATE */
  readonly oldObject: JsonObject | undefined
  /** who asks; empty where the request does not say */
  readonly username: string
}

/** A decoded `admission.k8s.io/v1` AdmissionReview request. */
export interface Review {
  readonly uid: string
  readonly operation: Operation
  readonly namespace: string
  readonly dryRun: boolean
  readonly subject: Subject
}

const OPERATIONS: readonly string[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] satisfies Operation[]
const LONGEST_UID = 128

/**
 * Decodes an AdmissionReview from parsed JSON. Nothing is copied: the pod is the very object of the body.
 *
 * @throws MalformedReview for what no API server sends
 */
export function decodeReview(body: unknown): Review {
  if (!isObject(body)) throw new MalformedReview('NotAReview')
  if (body['kind'] !== 'AdmissionReview') throw new MalformedReview('UnsupportedReviewVersion')
  if (body['apiVersion'] !== 'admission.k8s.io/v1') throw new MalformedReview('UnsupportedReviewVersion')
  const request = body['request']
  if (!isObject(request)) throw new MalformedReview('NotAReview')

  const uid = request['uid']
  if (typeof uid !== 'string' || uid === '' || uid.length > LONGEST_UID) {
    throw new MalformedReview('NotAReview', 'request.uid')
  }
  const operation = request['operation']
  if (!isOperation(operation)) throw new MalformedReview('ReviewMalformed', 'request.operation')
  const namespace = request['namespace'] ?? ''
  if (typeof namespace !== 'string') throw new MalformedReview('ReviewMalformed', 'request.namespace')
  const dryRun = request['dryRun'] ?? false
  if (typeof dryRun !== 'boolean') throw new MalformedReview('ReviewMalformed', 'request.dryRun')
  return {
    uid,
    operation,
    namespace,
    dryRun,
    subject: readSubject(request, operation, namespace),
  }
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'string' && OPERATIONS.includes(value)
}

function readSubject(request: JsonObject, operation: Operation, namespace: string): Subject {
  const resource = request['resource']
  const kind = request['kind']
  if (!isObject(resource) || !isObject(kind)) throw new MalformedReview('ReviewMalformed', 'request.resource')
  const subresource = request['subResource'] ?? ''
  const isPods = resource['resource'] === 'pods' && (resource['group'] ?? '') === ''
  if (isPods !== (kind['kind'] === 'Pod' && (kind['group'] ?? '') === '') && subresource === '') {
    throw new MalformedReview('ReviewMalformed', 'request.kind')
  }
  if (!isPods) return readObject(request, subresource, namespace)

  if (operation === 'CREATE' && subresource === '') {
    const { object } = request
    return hasNoContainers(object) ? { kind: 'other' } : { kind: 'create', pod: podIn(object, namespace) }
  }
  if (operation === 'UPDATE' && (subresource === '' || subresource === 'status')) {
    return {
      kind: 'update',
      pod: podIn(request['object'], namespace),
      oldPod: podIn(request['oldObject'], namespace),
    }
  }
  if (operation === 'CREATE' && subresource === 'binding') {
    const object = request['object']
    const metadata = isObject(object) ? object['metadata'] : undefined
    const labels = isObject(metadata) ? metadata['labels'] : undefined
    return { kind: 'binding', labels: isObject(labels) ? labels : {} }
  }
  return { kind: 'other' }
}

/** What instances are made of besides workloads. */
const INSTANCE_KINDS: ReadonlySet<string> = new Set(['v1 Service', `${API_VERSION} DaprSharedInstance`])

/** An object of another kind. Subresources, as `scale`, show nothing that concerns us. */
function readObject(request: JsonObject, subresource: unknown, namespace: string): Subject {
  const object = objectAt(request, 'object')
  const oldObject = objectAt(request, 'oldObject')
  const shown = object ?? oldObject
  if (subresource !== '' || shown === undefined) return { kind: 'other' }
  const { apiVersion, kind, metadata } = shown
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(metadata)) {
    return { kind: 'other' }
  }
  if (templatePath({ apiVersion, kind }) === undefined && !INSTANCE_KINDS.has(`${apiVersion} ${kind}`)) {
    return { kind: 'other' }
  }
  checkNamespace(namespace)
  const userInfo = request['userInfo']
  const username = isObject(userInfo) ? userInfo['username'] : undefined
  return {
    kind: 'object',
    apiVersion,
    objectKind: kind,
    name: textOr(metadata['name'] ?? metadata['generateName']),
    object,
    oldObject,
    username: textOr(username),
  }
}

function objectAt(request: JsonObject, field: 'object' | 'oldObject'): JsonObject | undefined {
  const value = request[field]
  return isObject(value) ? value : undefined
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** All that we decide about is in one; limits and answers are kept by its name. */
function checkNamespace(namespace: string): void {
  if (!isDnsLabel(namespace)) throw new MalformedReview('ReviewMalformed', 'request.namespace')
}

/**
 * The API server validates a pod only after the mutating webhooks: one without containers comes to us, too. It is refused
 * then, in words that say what is wrong, unless a later webhook gives it some, after which we are called again.
 */
function hasNoContainers(object: unknown): boolean {
  const spec = isObject(object) ? object['spec'] : undefined
  const containers = isObject(spec) ? spec['containers'] : undefined
  return containers === null || (Array.isArray(containers) && containers.length === 0)
}

function podIn(object: unknown, namespace: string): Pod {
  checkNamespace(namespace)
  const pod = readPod(object)
  if (isPodProblem(pod)) throw new MalformedReview('PodMalformed', pod.field)
  const own = pod.metadata.namespace
  if (own !== undefined && own !== '' && own !== namespace) throw new MalformedReview('NamespaceMismatch')
  return pod
}

/** Encodes the answer: an AdmissionReview with the request's uid, and a patch only where there is something to change. */
export function encodeReview(uid: string, decision: Decision, patch: readonly PatchOperation[]): string {
  const warnings = warningsOf(decision)
  const response = JSON.stringify({
    uid,
    allowed: isAllowed(decision),
    ...(isAllowed(decision) ? {} : { status: statusOf(decision) }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(decision.matched || !isAllowed(decision) ? { auditAnnotations: auditAnnotationsOf(decision) } : {}),
  })
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${withPatch(response, patch)}}`
}

/** Base64 goes in as it is: to look for what needs an escape in it would cost as much as all the rest. */
function withPatch(response: string, patch: readonly PatchOperation[]): string {
  if (patch.length === 0) return response
  return `${response.slice(0, -1)},"patchType":"JSONPatch","patch":"${base64(JSON.stringify(patch))}"}`
}

/** A field may end in the key of an annotation, which nobody has checked yet when we are called. */
const SHOWN_FIELD = /^[ -~]{1,400}$/

/** A pod may have thousands of containers, and each may be at fault. */
const MOST_CAUSES = 20

/** Of a 422 kubectl shows the causes and not the message, so each tells its cure too. */
function statusOf({ findings }: Decision): Readonly<Record<string, unknown>> {
  const code = denialCode(findings)
  return {
    status: 'Failure',
    code,
    reason: code === 422 ? 'Invalid' : 'Forbidden',
    message: denialMessage(findings),
    details: {
      causes: findings
        .filter(({ action }) => action === 'Deny')
        .slice(0, MOST_CAUSES)
        .map((finding) => ({
          reason: finding.rule,
          message: tellFinding(finding),
          ...(SHOWN_FIELD.test(finding.field) ? { field: finding.field } : {}),
        })),
    },
  }
}

/**
 * The API server keeps the first value of a key: on reinvocation a pod that already has everything must not get
 * another one, so `unchanged` after injection reads `injected` too.
 */
function auditAnnotationsOf({ outcome, findings, instance }: Decision): Record<string, string> {
  const exceptions = [...new Set(findings.map(({ exception }) => exception).filter((one) => one !== ''))]
  const rules = [...new Set(findings.filter(({ action }) => action === 'Deny').map(({ rule }) => rule))]
  return {
    decision: outcome === 'unchanged' && instance !== '' ? 'injected' : outcome,
    ...(rules.length === 0 ? {} : { rule: rules.join(',') }),
    ...(exceptions.length === 0 ? {} : { exception: exceptions.join(',') }),
    ...(instance === '' ? {} : { instance }),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
