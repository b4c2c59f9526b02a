import { nearNames } from '../core/near-names.ts'
import { compileNames } from '../policy/compile-matchers.ts'
import type { GrantSpec } from '../policy/schema/grant.ts'
import type { Problem } from './problem.ts'
import type { View, Written } from './view.ts'

/** Grants that let nobody in, or to nothing. */
export function grantProblems(view: View): Problem[] {
  return view.grants.flatMap((grant) => [...toItself(grant), ...ofNothing(grant, view)])
}

function toItself({ manifest, namespace, spec }: Written<GrantSpec>): Problem[] {
  return spec.from.flatMap((from, index): Problem[] => {
    if (from.namespace !== namespace) return []
    const message = `it grants its own namespace ${namespace}, which needs none.`
    const cure =
      'Take the entry out. Who of the same namespace may use an instance is what rules.identity of a policy says.'
    return [
      { check: 'grant.own-namespace', manifest, path: ['spec', 'from', index, 'namespace'], message, cure },
    ]
  })
}

/** Where no instance at all is given, nothing can be told of any. */
function ofNothing({ manifest, namespace, spec }: Written<GrantSpec>, { inventory }: View): Problem[] {
  if (![...inventory.values()].some(({ entries }) => entries.size > 0)) return []
  const there = [...(inventory.get(namespace)?.entries.keys() ?? [])]
  return spec.appIds.flatMap((pattern, index): Problem[] => {
    if (there.some(compileNames([pattern]))) return []
    const near = nearNames(pattern, there)
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '.'
    return [
      {
        check: 'grant.no-instance',
        manifest,
        path: ['spec', 'appIds', index],
        message: `no instance in namespace ${namespace} has the app-id ${pattern}${hint}`,
        cure: 'A grant counts in the namespace of the instance. Mend the app-id, or put the grant beside the instance.',
      },
    ]
  })
}
