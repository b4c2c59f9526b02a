import type { Override, Point, Policy, PolicyRules } from './policy.ts'
import { compareActions, RULES, type Action, type RuleId } from './rules.ts'

/**
 * A policy without whatever loosens: what is left of one of which nobody knows whether it governs a pod. It is to be
 * obeyed, but nobody may hide behind a fact that cannot be read.
 */
export function onlyTightening(policy: Policy, point: Point): Policy {
  return {
    ...policy,
    rules: tighteningRules(policy.rules, policy.actions[point]),
    overrides: raising(policy.overrides),
    defaults:
      policy.defaults?.onExistingEnv === 'Deny'
        ? { onExistingEnv: 'Deny', env: [], initContainers: 'Enabled', skipContainers: [] }
        : undefined,
  }
}

/** A part that stands in the place of a built-in finding tightens only where its own action is as strong. */
function tighteningRules(
  {
    crossNamespace,
    sidecar,
    node,
    minReadyReplicas,
    apiToken,
    mtls,
    secretStore,
    serviceTypes,
    inUse,
    ...rest
  }: PolicyRules,
  action: Action,
): PolicyRules {
  return {
    ...rest,
    ...(crossNamespace === 'Deny' ? { crossNamespace } : {}),
    ...(sidecar === 'Deny' && action === 'Deny' ? { sidecar } : {}),
    ...(node === undefined || node === 'Any' ? {} : { node }),
    ...(minReadyReplicas === undefined || minReadyReplicas < 1 || action === 'Audit'
      ? {}
      : { minReadyReplicas }),
    ...(apiToken === undefined || apiToken === 'Off' ? {} : { apiToken }),
    ...(mtls === undefined || mtls === 'Off' ? {} : { mtls }),
    ...(secretStore === 'Restricted' ? { secretStore } : {}),
    ...(serviceTypes === undefined ? {} : { serviceTypes }),
    ...(inUse === 'Deny' ? { inUse } : {}),
  }
}

function raising(overrides: Policy['overrides']): ReadonlyMap<RuleId, Override> {
  return new Map(
    [...overrides].filter(
      ([rule, { action }]) => action !== undefined && compareActions(action, RULES[rule].action) >= 0,
    ),
  )
}
