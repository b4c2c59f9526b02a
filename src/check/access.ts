import { few } from '../core/few.ts'
import { GROUP } from '../policy/kinds.ts'
import { applyAgain, wayOf } from './apply-again.ts'
import { readDeployed } from './deployed.ts'
import type { CheckId } from './catalogue.ts'
import type { ClusterFacts } from './facts.ts'
import { unknownLine } from './known.ts'
import { line, ok, warn, type Level, type Line } from './line.ts'
import { tellRight, type AnsweredRight, type Right } from './rights.ts'

/** Whether the ServiceAccount has every right that it needs, and none that it should not. */
export function accessLines(facts: ClusterFacts): readonly Line[] {
  const { serviceAccount } = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  const account = `system:serviceaccount:${facts.namespace}:${serviceAccount}`
  const [needed, excess] = [true, false].map((wanted) =>
    facts.rights.filter(({ right }) => right.isNeeded === wanted),
  )
  // who may not ask for one right asks for no more
  const unasked = facts.rights.find(({ allowed }) => !allowed.known)
  return [
    ...neededLines(needed ?? [], account, applyAgain(wayOf(facts))),
    ...excessLines(excess ?? [], unasked, account),
  ]
}

interface Function {
  readonly suffers: string
  /** without it pods that ask are not served */
  readonly level: Level
  readonly takes: (right: Right) => boolean
}

const of =
  (group: string, ...resources: readonly string[]) =>
  (right: Right): boolean =>
    right.group === group && resources.includes(right.resource)

/** What each right is for: what suffers without it. The last takes what no other does. */
const FUNCTIONS: readonly Function[] = [
  {
    suffers: 'instances are not known, so the service is never ready and pods that ask wait',
    level: 'fail',
    takes: (right) =>
      right.verb !== 'get' && (of('apps', 'daemonsets', 'deployments')(right) || of('', 'services')(right)),
  },
  {
    suffers: 'namespaces and their consumers are not known, so the service is never ready',
    level: 'fail',
    takes: of('', 'namespaces', 'pods'),
  },
  {
    suffers: 'statuses of policies, grants, exceptions and instances are not written',
    level: 'warn',
    takes: (right) => right.group === GROUP && right.subresource === 'status',
  },
  {
    suffers: 'policies are not known, so the service is never ready',
    level: 'fail',
    takes: (right) => right.group === GROUP,
  },
  {
    suffers: 'policies by ServiceAccount (identity.unlisted: RBAC) cannot be judged, and their pods wait',
    level: 'fail',
    takes: of('authorization.k8s.io', 'subjectaccessreviews'),
  },
  {
    suffers: 'the review API refuses everybody',
    level: 'warn',
    takes: of('authentication.k8s.io', 'tokenreviews'),
  },
  { suffers: 'refusals are not told as Events', level: 'warn', takes: of('events.k8s.io', 'events') },
  {
    suffers: 'no replica can lead: statuses and built-in certificates are not kept',
    level: 'fail',
    takes: of('coordination.k8s.io', 'leases'),
  },
  { suffers: 'the certificate cannot be read or renewed', level: 'fail', takes: of('', 'secrets') },
  {
    suffers: 'caBundle is not kept up to date',
    level: 'fail',
    takes: (right) => right.group === 'admissionregistration.k8s.io',
  },
  {
    suffers: 'pods of Knative are taken for pods of nobody by policies on owners',
    level: 'warn',
    takes: (right) => right.group === 'serving.knative.dev',
  },
  {
    suffers: 'owners of pods cannot be verified, and pods that policies by owner govern wait',
    level: 'fail',
    takes: () => true,
  },
]

function neededLines(rights: readonly AnsweredRight[], account: string, again: string): Line[] {
  const missing = rights.flatMap(({ right, allowed }) => (allowed.known && !allowed.value ? [right] : []))
  const byFunction = Map.groupBy(missing, (right) => FUNCTIONS.find(({ takes }) => takes(right)))
  const lines = [...byFunction].map(([purpose, some]) => {
    const told = some.map(tellRight)
    return line('access.rights', purpose?.level ?? 'fail', {
      what: `${account} may not ${few(told)}: ${purpose?.suffers ?? ''}.`,
      wanted: told.join(', '),
      got: 'not allowed',
      cure: `Apply the roles again: ${again}. Then: kubectl auth can-i ${told[0] ?? ''} --as=${account}`,
    })
  })
  const open = unansweredLine('access.rights', rights, account)
  if (lines.length + open.length > 0 || rights.length === 0) return [...lines, ...open]
  return [ok('access.rights', `${account} has the ${rights.length} rights that it needs`)]
}

function excessLines(
  rights: readonly AnsweredRight[],
  unasked: AnsweredRight | undefined,
  account: string,
): Line[] {
  if (unasked !== undefined) return unansweredLine('access.excess', [unasked], account)
  if (rights.length === 0) return []
  const told = rights.flatMap(({ right, allowed }) =>
    allowed.known && allowed.value ? [tellRight(right)] : [],
  )
  if (told.length === 0)
    return [ok('access.excess', `${account} has none of the rights that nobody should give it`)]
  return [
    warn('access.excess', {
      what: `${account} may ${few(told)}: it needs no such right, and who takes it over has it.`,
      wanted: 'none of them',
      got: told.join(', '),
      cure: `Find the binding that gives it: kubectl get clusterrolebindings,rolebindings -A -o wide | grep ${account.split(':').at(-1) ?? ''}`,
    }),
  ]
}

function unansweredLine(id: CheckId, rights: readonly AnsweredRight[], account: string): Line[] {
  const open = rights.find(({ allowed }) => !allowed.known)
  if (open === undefined || open.allowed.known) return []
  return [unknownLine(id, open.allowed, `the rights of ${account}`)]
}
