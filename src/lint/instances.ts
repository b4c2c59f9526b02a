import type { Instance } from '../core/instance.ts'
import type { Entry } from '../core/inventory.ts'
import { isCheckId, type CheckId } from './checks.ts'
import type { Problem } from './problem.ts'
import type { View } from './view.ts'

/** What workloads and Services show of instances: that they cannot be used, defects, and their own safety. */
export function instanceProblems(view: View): Problem[] {
  return [...view.inventory].flatMap(([namespace, { entries, unusable }]) => [
    ...[...entries].flatMap(([appId, entry]) => ofEntry(entry, namespace, appId, view)),
    ...unusable.flatMap(({ kind, name, reason }) =>
      at(view, `${kind}/${name}`, namespace, {
        check: 'instance.unusable',
        message: `it is marked as an instance, but ${reason}.`,
        cure: 'Mend it, or take the mark away.',
      }),
    ),
  ])
}

type Said = Pick<Problem, 'check' | 'message' | 'cure'>

function ofEntry(entry: Entry, namespace: string, appId: string, view: View): Problem[] {
  switch (entry.kind) {
    case 'instance':
      return observed(entry.instance, view)
    case 'ambiguous':
      return entry.workloads.flatMap((workload) =>
        at(view, workload, namespace, {
          check: 'instance.ambiguous',
          message: `app-id ${appId} is claimed by ${entry.workloads.join(' and ')}: whoever asks for it is refused.`,
          cure: 'Delete all but one, or give them app-ids of their own.',
        }),
      )
    case 'misconfigured':
      return at(view, entry.workload, namespace, {
        check: 'instance.misconfigured',
        message: `the instance ${appId} cannot be reached: ${entry.reason}.`,
        cure: entry.cure,
      })
  }
}

/** The observations are those that every decision about the instance carries. */
function observed({ observations, workload, namespace }: Instance, view: View): Problem[] {
  return observations.flatMap(({ rule, message, cure }) => {
    const check: CheckId = isCheckId(rule) ? rule : 'instance.defect'
    return at(view, workload, namespace, { check, message, cure })
  })
}

function at(view: View, workload: string, namespace: string, said: Said): Problem[] {
  const [kind = '', name = ''] = workload.split('/')
  const manifest = view.find(kind, namespace, name)
  return manifest === undefined ? [] : [{ ...said, manifest, path: [] }]
}
