import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { applyAgain, wayOf } from './apply-again.ts'
import { canonical } from './canonical.ts'
import { allOf, type CheckOptions, type ClusterFacts } from './facts.ts'
import { guardLines, readBackstop } from './guards.ts'
import { unknownLine, withFact } from './known.ts'
import { fail, line, ok, warn, type Line } from './line.ts'
import { orderLine } from './order.ts'
import { pairRegistered, type Registered } from './registered.ts'
import { readDeployed } from './deployed.ts'
import { selectorLines } from './selectors.ts'

/** What makes the API server call the service, for which pods, and what it does when nobody answers. */
export function webhookLines(facts: ClusterFacts, options: CheckOptions): readonly Line[] {
  return [
    ...withFact(
      'webhooks.registered',
      allOf(facts.mutating, facts.validating),
      `the webhook configurations ${NAME}`,
      ([mutating, validating]) => {
        const again = `Apply it again: ${applyAgain(wayOf(facts))}`
        const registered = pairRegistered(facts, mutating, validating)
        return [registeredLine(registered, again), ...partLines(registered, facts, options, again)]
      },
    ),
    ...withFact('webhooks.order', facts.mutatingConfigurations, 'what other webhooks there are', orderLine),
    ...guardLines(facts, options),
  ]
}

function registeredLine(registered: readonly Registered[], again: string): Line {
  const missing = registered.filter(({ got }) => got === undefined)
  const [worst] = missing.toSorted((a, b) => Number(b.isDecisive) - Number(a.isDecisive))
  if (worst === undefined)
    return ok('webhooks.registered', `registered: ${registered.map(({ name }) => name).join(', ')}`)
  const names = missing.map(({ kind, name }) => `${name} (${kind} ${NAME})`).join(' and ')
  return line('webhooks.registered', worst.isDecisive ? 'fail' : 'warn', {
    what: `not registered: ${names}: ${worst.isDecisive ? 'pods that ask are created without their variables, or unchecked' : 'nobody is warned at kubectl apply'}.`,
    wanted: registered.map(({ name }) => name).join(', '),
    got: registered.flatMap(({ name, got }) => (got === undefined ? [] : [name])).join(', ') || 'none',
    cure: again,
  })
}

function partLines(
  registered: readonly Registered[],
  facts: ClusterFacts,
  options: CheckOptions,
  again: string,
): readonly Line[] {
  const there = registered.flatMap((one) => (one.got === undefined ? [] : [{ ...one, got: one.got }]))
  if (there.length === 0) return []
  const { version } = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  // another version may rightly say something else
  const level = version === '' || version === options.version ? 'fail' : 'warn'
  return [
    ...targetLines(there, facts, again),
    ...selectorLines(there, wayOf(facts)),
    ...conditionLines(there, level, again),
    ...failurePolicyLines(there, facts, again),
    ...settingLines(there, level, again),
  ]
}

type There = Registered & { readonly got: JsonObject }

function targetLines(there: readonly There[], { namespace }: ClusterFacts, again: string): readonly Line[] {
  const wrong = there.flatMap(({ name, wanted, got }) => {
    const [service, target] = [wanted, got].map((one) => objectOr(one['clientConfig']))
    const url = textOf(target?.['url'])
    const called = objectOr(target?.['service'])
    if (
      url === undefined &&
      canonical(withoutPort(called)) === canonical(withoutPort(objectOr(service?.['service'])))
    )
      return []
    return [
      {
        name,
        got: url ?? canonical(withoutPort(called)),
        wanted: canonical(withoutPort(objectOr(service?.['service']))),
        isUrl: url !== undefined,
      },
    ]
  })
  const [first] = wrong
  if (first === undefined) return [ok('webhooks.target', `the API server calls Service ${namespace}/${NAME}`)]
  const fault = {
    what: `${wrong.map(({ name }) => name).join(', ')}: the API server calls something else than Service ${namespace}/${NAME}.`,
    wanted: first.wanted,
    got: first.got,
    cure: `${again}. If it is meant so, this line stays.`,
  }
  return [wrong.every(({ isUrl }) => isUrl) ? warn('webhooks.target', fault) : fail('webhooks.target', fault)]
}

/** Which port there is, the Service says. */
function withoutPort(target: JsonObject): JsonObject {
  const { port: _, ...service } = target
  return service
}

function conditionLines(there: readonly There[], level: 'fail' | 'warn', again: string): readonly Line[] {
  const changed = there.filter(
    ({ wanted, got }) => canonical(wanted['matchConditions']) !== canonical(got['matchConditions']),
  )
  if (changed.length === 0)
    return [ok('webhooks.conditions', 'matchConditions let through what concerns us, and nothing else')]
  return changed.map(({ name, kind, wanted, got }) =>
    line('webhooks.conditions', level, {
      what: `the matchConditions of ${name} (${kind} ${NAME}) are not those of this version: pods that did not ask may depend on us, or pods that ask may pass us by.`,
      wanted: canonical(wanted['matchConditions']),
      got: canonical(got['matchConditions'] ?? []),
      cure: again,
    }),
  )
}

function failurePolicyLines(there: readonly There[], facts: ClusterFacts, again: string): readonly Line[] {
  const open = there.filter(({ isDecisive, got }) => isDecisive && got['failurePolicy'] === 'Ignore')
  const closed = there.filter(({ isDecisive, got }) => !isDecisive && got['failurePolicy'] !== 'Ignore')
  const hasBackstop = readBackstop(facts)
  if (closed.length > 0)
    return [
      fail('webhooks.failure-policy', {
        what: `${closed.map(({ name }) => name).join(', ')}: failurePolicy is Fail for what is mere advice: while the service is down, workloads cannot be changed.`,
        wanted: 'Ignore',
        got: 'Fail',
        cure: again,
      }),
    ]
  if (open.length > 0 && !hasBackstop.known)
    return [
      unknownLine(
        'webhooks.failure-policy',
        hasBackstop,
        `${open.map(({ name }) => name).join(', ')} has failurePolicy Ignore, and whether the backstop makes up for it`,
      ),
    ]
  if (open.length > 0 && hasBackstop.known && !hasBackstop.value)
    return [
      warn('webhooks.failure-policy', {
        what: `${open.map(({ name }) => name).join(', ')}: failurePolicy is Ignore, and there is no backstop: while the service is down, pods that ask are created without their variables.`,
        wanted: 'Fail, or the backstop',
        got: 'Ignore',
        cure: `Apply it again with failurePolicy Fail, or with the backstop (chart: --set webhooks.failurePolicy=Fail, or --set backstop.enabled=true; manifests: --backstop). ${again}`,
      }),
    ]
  return [ok('webhooks.failure-policy', 'pods that ask wait while the service is down; others do not notice')]
}

const SETTINGS = [
  'rules',
  'matchPolicy',
  'sideEffects',
  'reinvocationPolicy',
  'admissionReviewVersions',
] as const

function settingLines(there: readonly There[], level: 'fail' | 'warn', again: string): readonly Line[] {
  const changed = there.flatMap(({ name, kind, wanted, got }) =>
    SETTINGS.filter(
      (field) => wanted[field] !== undefined && canonical(wanted[field]) !== canonical(got[field]),
    ).map((field) =>
      line('webhooks.settings', level, {
        what: `${field} of ${name} (${kind} ${NAME}) is not as this version has it.`,
        wanted: canonical(wanted[field]),
        got: canonical(got[field] ?? ''),
        cure: again,
      }),
    ),
  )
  return changed.length > 0
    ? changed
    : [ok('webhooks.settings', `rules, reinvocation and side effects are those of this version`)]
}
