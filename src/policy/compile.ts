import { LEGACY_VARIABLES } from '../core/default-variables.ts'
import type { Defaults, Exception, Grant, Override, Point, Policy, PolicyMatch } from '../core/policy.ts'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { isRuleId, strongest, type Action, type RuleId } from '../core/rules.ts'
import { compileNames, compileSelector } from './compile-matchers.ts'
import { compileRules } from './compile-rules.ts'
import { isProblems, readResource, withoutServerFields, type Problem } from './read-resource.ts'
import { SILENT_DEFAULTS, WRITTEN_DEFAULTS } from './schema/default-values.ts'
import type { ExceptionSpec } from './schema/exception.ts'
import type { GrantSpec } from './schema/grant.ts'
import type { PolicySpec } from './schema/policy.ts'

/** What a resource compiles to, and what is wrong with it. */
export interface Compiled<T> {
  readonly value: T | undefined
  readonly problems: readonly Problem[]
}

/**
 * Compiles a DaprSharedPolicy. One whose rules cannot be read still governs its pods, which are then refused or not as
 * its `failurePolicy` says; one whose `match` cannot be read governs nothing.
 */
export function compilePolicy(object: JsonObject): Compiled<Policy> {
  const reading = readResource(withoutServerFields(object))
  if (!isProblems(reading)) {
    if (reading.kind !== 'DaprSharedPolicy') return { value: undefined, problems: [] }
    return { value: makePolicy(object, reading.spec, undefined), problems: [] }
  }
  const spec = objectOr(object['spec'])
  const remains = readResource({
    ...withoutServerFields(object),
    spec: {
      ...('match' in spec ? { match: spec['match'] } : {}),
      ...(spec['failurePolicy'] === 'Ignore' ? { failurePolicy: 'Ignore' } : {}),
    },
  })
  const [problem] = reading
  const readable = !isProblems(remains) && remains.kind === 'DaprSharedPolicy' && problem !== undefined
  return {
    value: readable ? makePolicy(object, remains.spec, tell(problem)) : undefined,
    problems: reading,
  }
}

/** Compiles a DaprSharedGrant. */
export function compileGrant(object: JsonObject): Compiled<Grant> {
  const reading = readResource(withoutServerFields(object))
  if (isProblems(reading)) return { value: undefined, problems: reading }
  if (reading.kind !== 'DaprSharedGrant') return { value: undefined, problems: [] }
  return { value: makeGrant(nameOf(object), reading.spec), problems: [] }
}

/** Compiles a DaprSharedException. */
export function compileException(object: JsonObject): Compiled<Exception> {
  const reading = readResource(withoutServerFields(object))
  if (isProblems(reading)) return { value: undefined, problems: reading }
  if (reading.kind !== 'DaprSharedException') return { value: undefined, problems: [] }
  return { value: makeException(nameOf(object), reading.spec), problems: [] }
}

/** `spec.rules.capacity: wanted …`: a problem for people. */
export function tell({ path, message }: Problem): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`
}

function pathText(path: Problem['path']): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}

function makePolicy(object: JsonObject, spec: PolicySpec, problem: string | undefined): Policy {
  const { validationActions = WRITTEN_DEFAULTS.validationActions, scopedActions = [] } = spec
  const usable = problem === undefined
  return {
    name: nameOf(object),
    createdAt: textOr(objectOr(object['metadata'])['creationTimestamp']),
    priority: spec.priority ?? WRITTEN_DEFAULTS.priority,
    match: compileMatch(spec.match),
    failurePolicy: spec.failurePolicy ?? WRITTEN_DEFAULTS.failurePolicy,
    actions: compileActions(validationActions, scopedActions),
    refusesWorkloads: usable && actionsAt('Workload', scopedActions).includes('Deny'),
    overrides: usable ? compileOverrides(spec.overrides) : new Map(),
    exceptions:
      spec.exceptions === undefined ? undefined : compileSelector(spec.exceptions.namespaceSelector ?? {}),
    defaults: usable && spec.defaults !== undefined ? compileDefaults(spec.defaults) : undefined,
    rules: usable ? compileRules(spec.rules) : {},
    problem,
    written: objectOr(object['spec']),
  }
}

function compileMatch({
  namespaceSelector,
  excludeNamespaces = [],
  objectSelector,
  workloadKinds,
  serviceAccounts,
  appIds,
}: NonNullable<PolicySpec['match']> = {}): PolicyMatch {
  return {
    namespace: namespaceSelector && compileSelector(namespaceSelector),
    excludedNamespaces: new Set(excludeNamespaces),
    object: objectSelector && compileSelector(objectSelector),
    workloadKinds: workloadKinds && new Set(workloadKinds),
    serviceAccounts: serviceAccounts && new Set(serviceAccounts),
    appIds: appIds && compileNames(appIds),
  }
}

type ScopedActions = NonNullable<PolicySpec['scopedActions']>

/** The command line answers as admission of pods would, unless the policy names it. */
function compileActions(
  validation: readonly Action[],
  scoped: ScopedActions,
): Readonly<Record<Point, Action>> {
  const at = (point: Point, otherwise: Action): Action => strongestOf(actionsAt(point, scoped)) ?? otherwise
  const general = strongestOf(validation) ?? 'Deny'
  const pod = at('Pod', general)
  return { Pod: pod, Workload: at('Workload', general), Audit: at('Audit', general), CLI: at('CLI', pod) }
}

function actionsAt(point: Point, scoped: ScopedActions): Action[] {
  return scoped.filter(({ points }) => points.includes(point)).flatMap(({ actions }) => actions)
}

function strongestOf([first, ...rest]: readonly Action[]): Action | undefined {
  return first === undefined ? undefined : strongest([first, ...rest])
}

/** A rule that this version does not know has no findings, so nothing is lost; `lint` tells. */
function compileOverrides(overrides: PolicySpec['overrides'] = []): Map<RuleId, Override> {
  const compiled = new Map<RuleId, Override>()
  for (const { rule, action, severity, message } of overrides) {
    if (isRuleId(rule)) compiled.set(rule, { action, severity, message })
  }
  return compiled
}

function compileDefaults({
  onExistingEnv = SILENT_DEFAULTS.onExistingEnv,
  env = [],
  legacyEnv = SILENT_DEFAULTS.legacyEnv,
  initContainers = SILENT_DEFAULTS.initContainers,
  skipContainers = [],
}: NonNullable<PolicySpec['defaults']>): Defaults {
  const own = new Set(env.map(({ name }) => name))
  const legacy = legacyEnv === 'Enabled' ? LEGACY_VARIABLES.filter(({ name }) => !own.has(name)) : []
  return { onExistingEnv, env: [...env, ...legacy], initContainers, skipContainers }
}

function makeGrant(name: string, { appIds, from }: GrantSpec): Grant {
  return {
    name,
    appIds: compileNames(appIds),
    from: from.map(({ namespace, serviceAccounts }) => ({
      namespace,
      serviceAccounts: serviceAccounts && new Set(serviceAccounts),
    })),
  }
}

function makeException(name: string, { policies, subjects, expiresAt }: ExceptionSpec): Exception {
  const { appIds, workloads, serviceAccounts } = subjects
  return {
    name,
    policies: new Map(policies.map((excused) => [excused.name, new Set<string>(excused.rules)])),
    appIds: appIds && compileNames(appIds),
    workloads,
    serviceAccounts: serviceAccounts && new Set(serviceAccounts),
    expiresAt: Date.parse(expiresAt),
  }
}

function nameOf(object: JsonObject): string {
  return textOr(objectOr(object['metadata'])['name'])
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
