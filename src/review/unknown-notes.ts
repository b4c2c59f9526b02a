import type { Reviewed } from './review-manifest.ts'

/** A rule that was not judged is told, so that nobody takes its silence for a yes: a sentence for each. */
export function unknownNotes({ item, unknown }: Reviewed): string[] {
  const { kind, namespace, name } = item.object
  return unknown.map(({ policy, rule, why }) => {
    const what = rule === undefined ? `whether policy ${policy} governs` : `${rule} of policy ${policy} for`
    return `unknown: ${what} ${kind} ${namespace}/${name}: ${why}.`
  })
}
