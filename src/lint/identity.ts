import { WRITTEN_DEFAULTS } from '../policy/schema/default-values.ts'
import type { Found } from './contradictions.ts'
import { few } from '../core/few.ts'
import { namesMeet } from '../policy/name-patterns.ts'
import type { Problem } from './problem.ts'
import type { RulesSpec, View } from './view.ts'

/** Who may use which app-ids: nobody, never, or more than one binding says. */
export function identityProblems({ policies }: View): Problem[] {
  return policies.flatMap(({ manifest, spec }) => {
    const { identity } = spec.rules ?? {}
    if (identity === undefined) return []
    const { bindings = [], unlisted = WRITTEN_DEFAULTS.unlisted } = identity
    const found = [
      ...nobody(bindings, unlisted),
      ...outOfMatch(bindings, spec.match?.appIds),
      ...unions(bindings),
    ]
    return found.map((one) => ({ ...one, manifest, path: ['spec', 'rules', 'identity', ...one.path] }))
  })
}

type Bindings = NonNullable<NonNullable<RulesSpec['identity']>['bindings']>

function nobody(bindings: Bindings, unlisted: string): Found[] {
  if (unlisted !== 'Deny' || bindings.length > 0) return []
  return [
    {
      check: 'identity.nobody',
      path: [],
      message: 'it binds no app-id, and refuses those that are not bound: nobody may use any.',
      cure: 'Add bindings, or say unlisted: Allow or RBAC.',
    },
  ]
}

function outOfMatch(bindings: Bindings, matched: readonly string[] | undefined): Found[] {
  if (matched === undefined) return []
  return bindings.flatMap(({ appIds }, index): Found[] => {
    if (appIds.some((one) => matched.some((other) => namesMeet(one, other)))) return []
    const message = `it binds ${few(appIds)}, which match.appIds does not take.`
    const cure = 'Widen match.appIds, or take the binding out.'
    return [{ check: 'identity.out-of-match', path: ['bindings', index, 'appIds'], message, cure }]
  })
}

/** Told at the later of two: bindings add up, and do not narrow each other. */
function unions(bindings: Bindings): Found[] {
  const accounts = bindings.map(({ serviceAccounts }) =>
    serviceAccounts
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .toSorted()
      .join(),
  )
  const boundBefore = new Map<string, Set<string>>()
  return bindings.flatMap(({ appIds }, index): Found[] => {
    const own = accounts[index] ?? ''
    const isToOthers = (appId: string): boolean =>
      [...(boundBefore.get(appId) ?? [])].some((other) => other !== own)
    const repeated = appIds.filter(isToOthers)
    for (const appId of appIds) boundBefore.set(appId, (boundBefore.get(appId) ?? new Set()).add(own))
    if (repeated.length === 0) return []
    return [
      {
        check: 'identity.union',
        path: ['bindings', index, 'appIds'],
        message: `${few(repeated)} stands in a binding above too: the ServiceAccounts of all of them may use it.`,
        cure: 'That is fine where it is meant. Put them into one binding, so that it is seen.',
      },
    ]
  })
}
