import type { Strategy } from './instance.ts'
import type { EnvVar, JsonObject } from './pod.ts'
import type { Action, RuleId, Severity } from './rules.ts'

/** Where a decision is made: admission of pods, of workload templates, the scan of what runs, the command line. */
export type Point = 'Pod' | 'Workload' | 'Audit' | 'CLI'

export type Labels = Readonly<Record<string, string>>

/** A compiled label selector. */
export type LabelMatcher = (labels: Labels) => boolean

/** A compiled list of names, each exact or with a trailing `*`. */
export type NameMatcher = (name: string) => boolean

/** Which pods a policy governs: all given parts must hold. */
export interface PolicyMatch {
  readonly namespace: LabelMatcher | undefined
  readonly excludedNamespaces: ReadonlySet<string>
  readonly object: LabelMatcher | undefined
  /** `Deployment`, `Rollout.argoproj.io`, `Pod` for one without an owner */
  readonly workloadKinds: ReadonlySet<string> | undefined
  readonly serviceAccounts: ReadonlySet<string> | undefined
  readonly appIds: NameMatcher | undefined
}

export interface Override {
  readonly action: Action | undefined
  readonly severity: Severity | undefined
  /** may name what {@link fillMessage} fills in */
  readonly message: string | undefined
}

/** A Dapr version from an image's tag, without what follows the patch. */
export type Version = readonly [major: number, minor: number, patch: number]

export type Demand = 'Required' | 'Preferred' | 'Off'

export interface IdentityRule {
  readonly bindings: readonly {
    readonly appIds: NameMatcher
    /** `<namespace>/<name>` */
    readonly serviceAccounts: ReadonlySet<string>
  }[]
  readonly unlisted: 'Deny' | 'Allow' | 'RBAC'
}

export interface CapacityRule {
  readonly maxWorkloads: number | undefined
  readonly maxPods: number | undefined
  readonly maxPodsPerReplica: number | undefined
}

/** What a policy demands. An absent part constrains nothing. */
export interface PolicyRules {
  readonly strategies?: ReadonlySet<Strategy>
  readonly minReadyReplicas?: number
  readonly inUse?: 'Off' | 'Warn' | 'Deny'
  readonly node?: 'Any' | 'Prefer' | 'Require'
  readonly crossNamespace?: 'Deny' | 'RequireGrant' | 'Allow'
  readonly identity?: IdentityRule
  readonly capacity?: CapacityRule
  readonly sidecar?: 'Deny' | 'PreferSidecar' | 'PreferShared'
  readonly apiToken?: Demand
  readonly mtls?: Demand
  readonly secretStore?: 'Restricted' | 'Off'
  readonly serviceTypes?: ReadonlySet<string>
  readonly minDaprVersion?: Version
  readonly endpoints?: {
    readonly hosts: ((host: string) => boolean) | undefined
    readonly schemes: ReadonlySet<string> | undefined
  }
  readonly workloadKinds?: ReadonlySet<string>
}

/** Where a further variable takes its value from. */
export type VariableSource =
  'HTTPEndpoint' | 'GRPCEndpoint' | 'Host' | 'HTTPPort' | 'GRPCPort' | 'AppID' | 'Namespace'

/** What pods get beyond the endpoints; of several policies one supplies all of it. */
export interface Defaults {
  readonly onExistingEnv: 'Keep' | 'Override' | 'Deny'
  readonly env: readonly { readonly name: EnvVar['name']; readonly from: VariableSource }[]
  readonly initContainers: 'Enabled' | 'Disabled'
  readonly skipContainers: readonly string[]
}

/** A compiled DaprSharedPolicy. */
export interface Policy {
  readonly name: string
  /** RFC 3339, empty in files: all of those are equally old */
  readonly createdAt: string
  readonly priority: number
  readonly match: PolicyMatch
  readonly failurePolicy: 'Fail' | 'Ignore'
  /** what findings of its rules do, by point */
  readonly actions: Readonly<Record<Point, Action>>
  /** its `scopedActions` name `Workload` with Deny, so that workload templates may be refused */
  readonly refusesWorkloads: boolean
  readonly overrides: ReadonlyMap<RuleId, Override>
  /** the namespaces in which exceptions are honoured; none where it honours no exception */
  readonly exceptions: LabelMatcher | undefined
  readonly defaults: Defaults | undefined
  readonly rules: PolicyRules
  /** why its rules do not compile: `spec.rules.x: what is wrong`; then it has none */
  readonly problem: string | undefined
  /** its `spec` as somebody wrote it: for people, no decision reads it */
  readonly written: JsonObject
}

/** A compiled DaprSharedGrant; it lives in the instance's namespace. */
export interface Grant {
  readonly name: string
  readonly appIds: NameMatcher
  readonly from: readonly {
    readonly namespace: string
    /** none: every ServiceAccount of that namespace */
    readonly serviceAccounts: ReadonlySet<string> | undefined
  }[]
}

/** A compiled DaprSharedException; it lives in the workload's namespace. */
export interface Exception {
  readonly name: string
  /** the excused rules, by policy */
  readonly policies: ReadonlyMap<string, ReadonlySet<string>>
  readonly appIds: NameMatcher | undefined
  readonly workloads: readonly { readonly kind: string; readonly name: string }[] | undefined
  readonly serviceAccounts: ReadonlySet<string> | undefined
  /** milliseconds since the epoch */
  readonly expiresAt: number
}

/** Everything that governs, at one moment. Immutable: a change makes a new one. */
export interface PolicySet {
  /** by name */
  readonly policies: readonly Policy[]
  /** by namespace of the instance */
  readonly grants: ReadonlyMap<string, readonly Grant[]>
  /** by namespace of the workload, each list by name */
  readonly exceptions: ReadonlyMap<string, readonly Exception[]>
}

export const NO_POLICIES: PolicySet = { policies: [], grants: new Map(), exceptions: new Map() }
