import type { Manifest } from '../state/manifest.ts'
import { isState } from '../state/state-store.ts'
import { contradictionProblems } from './contradictions.ts'
import { exceptionProblems } from './exceptions.ts'
import { grantProblems } from './grants.ts'
import { identityProblems } from './identity.ts'
import { instanceProblems } from './instances.ts'
import { isOurs, keyOf, makeView, namespaceIn, type ViewOptions } from './make-view.ts'
import { looseningProblems } from './loosening.ts'
import { overrideProblems } from './overrides.ts'
import { asFinding, inOrder, type LintFinding, type Problem } from './problem.ts'
import { rivalProblems } from './rivals.ts'
import { schemaProblems } from './schema.ts'
import { selectorProblems } from './selectors.ts'
import type { View } from './view.ts'

export interface LintInput extends ViewOptions {
  /** what is judged */
  readonly linted: readonly Manifest[]
  /** what it is held against; an object that is linted too stands in its place */
  readonly beside: readonly Manifest[]
}

export interface LintAnswer {
  readonly findings: readonly LintFinding[]
  /** what was judged: our kinds, and the workloads of instances */
  readonly objects: readonly JudgedObject[]
  /** resources beside that cannot be read and were left out */
  readonly leftOut: readonly Manifest[]
}

export type JudgedObject = Pick<LintFinding, 'source' | 'object'>

const CHECKS_OF_THE_WHOLE: readonly ((view: View) => readonly Problem[])[] = [
  selectorProblems,
  overrideProblems,
  looseningProblems,
  contradictionProblems,
  identityProblems,
  rivalProblems,
  exceptionProblems,
  grantProblems,
  instanceProblems,
]

/**
 * Judges policies, grants, exceptions and instances, each by itself and all together.
 *
 * @throws ManifestError for the name of a workload that Kubernetes refuses
 */
export function lint({ linted, beside, ...options }: LintInput): LintAnswer {
  const { defaultNamespace } = options
  const { unique, twins } = tellTwins(linted, defaultNamespace)
  const known = new Set(unique.map((manifest) => keyOf(manifest, defaultNamespace)))
  const context = tellTwins(beside, defaultNamespace).unique.filter(
    (manifest) => !known.has(keyOf(manifest, defaultNamespace)),
  )
  const view = makeView([...unique, ...context], options)
  const judged = new Set(linted)
  const problems = [
    ...twins,
    ...linted.flatMap(schemaProblems),
    ...CHECKS_OF_THE_WHOLE.flatMap((check) => check(view)).filter(({ manifest }) => judged.has(manifest)),
  ]
  return {
    findings: problems
      .map((problem) => asFinding(problem, (manifest) => namespaceIn(manifest, defaultNamespace)))
      .toSorted(inOrder),
    objects: [...linted.filter(isOurs), ...workloadsOf(view, judged)].map((manifest) => {
      const { source, apiVersion, kind, name } = manifest
      return {
        source,
        object: { apiVersion, kind, namespace: namespaceIn(manifest, defaultNamespace), name },
      }
    }),
    leftOut: context.filter((manifest) => schemaProblems(manifest).length > 0),
  }
}

/** Of two objects with one name the first counts; a cluster would keep the last that was applied. */
function tellTwins(
  manifests: readonly Manifest[],
  defaultNamespace: string,
): { readonly unique: readonly Manifest[]; readonly twins: readonly Problem[] } {
  const seen = new Map<string, Manifest>()
  const unique: Manifest[] = []
  const twins: Problem[] = []
  for (const manifest of manifests) {
    const key = keyOf(manifest, defaultNamespace)
    const first = isState(manifest) ? seen.get(key) : undefined
    if (first === undefined) {
      seen.set(key, manifest)
      unique.push(manifest)
      continue
    }
    twins.push({
      check: 'duplicate',
      manifest,
      path: ['metadata', 'name'],
      message: `it stands at ${first.source.file}:${first.source.line} too: the one that is applied last counts.`,
      cure: 'Keep one of the two.',
    })
  }
  return { unique, twins }
}

function workloadsOf({ inventory, find }: View, judged: ReadonlySet<Manifest>): Manifest[] {
  const names = [...inventory].flatMap(([namespace, { entries, unusable }]) => [
    ...[...entries.values()].flatMap((entry) => {
      if (entry.kind === 'ambiguous') return entry.workloads.map((workload) => ({ namespace, workload }))
      return { namespace, workload: entry.kind === 'instance' ? entry.instance.workload : entry.workload }
    }),
    ...unusable.map(({ kind, name }) => ({ namespace, workload: `${kind}/${name}` })),
  ])
  return names.flatMap(({ namespace, workload }) => {
    const [kind = '', name = ''] = workload.split('/')
    const manifest = kind === 'DaprSharedInstance' ? undefined : find(kind, namespace, name)
    return manifest !== undefined && judged.has(manifest) ? [manifest] : []
  })
}
