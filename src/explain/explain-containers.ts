import type { InstanceAsk } from '../core/ask.ts'
import { placedContainers, type Container, type PlacedContainer, type Pod } from '../core/pod.ts'
import { quote } from '../core/quote.ts'
import { selectContainers, whySkipped, type Skipped } from '../core/select-containers.ts'
import { winningDefaults, type WinningDefaults } from '../core/select-policies.ts'
import { ANNOTATION, DEFAULT_SKIPPED_CONTAINERS } from '../core/vocabulary.ts'
import type { Reviewed } from '../review/review-manifest.ts'
import type { ExplainedContainer } from './explanation.ts'
import { instanceOf } from './explain-parts.ts'
import { explainVariables } from './explain-variables.ts'
import type { Trace } from './trace.ts'

/** What becomes of each container: which variables it gets and why, or why it is left alone. */
export function explainContainers(trace: Trace, { before, after, instance }: Reviewed): ExplainedContainer[] {
  const { ask, asked, governed } = trace
  const { pod } = asked
  const winner = winningDefaults(governed.governance.policies)
  const whole = wholeReason(trace, instance)
  if (ask.kind !== 'instance' || whole !== undefined || before === undefined || after === undefined) {
    return placedContainers(pod).map((placed) => leftAlone(placed, whole ?? 'nothing is injected.'))
  }
  const skipped = skippedBy(trace, winner)
  const selected = new Set(selectContainers(pod, ask.containers, skipped).selected.map(key))
  const chosen = instanceOf(trace)
  return placedContainers(pod).map((placed) =>
    selected.has(key(placed)) && chosen !== undefined
      ? {
          ...named(placed),
          injected: true,
          because: whyInjected(ask, placed),
          variables: explainVariables({
            before: placed.container,
            after: containerAt(after, placed),
            ask,
            instance: chosen,
            namespace: asked.namespace,
            winner,
          }),
        }
      : leftAlone(placed, whyNot(placed, ask, skipped, winner)),
  )
}

/** Why no container gets anything. */
function wholeReason({ ask, end, asked, findings }: Trace, instance: string): string | undefined {
  if (asked.isUpdate) return 'an update changes no container: its variables are fixed.'
  if (ask.kind === 'none') return 'the pod does not ask.'
  if (end === 'outside') return 'the pod is not judged.'
  if (instance !== '') {
    return asked.point === 'Workload'
      ? 'nothing of a workload is changed: its pods are, when they are created.'
      : undefined
  }
  return findings.some(({ action }) => action === 'Deny')
    ? 'the pod is refused, so nothing is injected.'
    : 'the pod is admitted without injection.'
}

function skippedBy({ known }: Trace, winner: WinningDefaults | undefined): Skipped {
  return {
    names: known.settings.skippedContainers,
    more: winner?.defaults.skipContainers ?? [],
    plainInit: winner?.defaults.initContainers === 'Disabled',
  }
}

function whyInjected({ containers }: InstanceAsk, placed: PlacedContainer): string {
  if (containers.kind === 'only') return `${ANNOTATION.containers} names it.`
  return placed.list === 'initContainers'
    ? 'init containers are injected too.'
    : 'it is a container of the application.'
}

function whyNot(
  placed: PlacedContainer,
  { containers }: InstanceAsk,
  skipped: Skipped,
  winner: WinningDefaults | undefined,
): string {
  const { name } = placed.container
  if (containers.kind === 'only') return `${ANNOTATION.containers} does not name it.`
  const policy = `the defaults of policy ${winner?.policy.name ?? ''}`
  switch (whySkipped(placed, skipped)) {
    case 'name':
      return `${listOf(name)}; ${ANNOTATION.containers} can name it all the same.`
    case 'more':
      return `${policy} leave it out (skipContainers).`
    case 'plain-init':
      return `${policy} leave init containers out (initContainers: Disabled).`
    case undefined:
      return containers.kind === 'except' && containers.names.includes(name)
        ? `${ANNOTATION.excludeContainers} names it.`
        : 'nothing is injected.'
  }
}

function listOf(name: string): string {
  return DEFAULT_SKIPPED_CONTAINERS.includes(name)
    ? "it is on the built-in list of other systems' sidecars"
    : 'it is on the list of --skip-containers'
}

function leftAlone(placed: PlacedContainer, because: string): ExplainedContainer {
  return { ...named(placed), injected: false, because, variables: [] }
}

function named({ container, list }: PlacedContainer): Pick<ExplainedContainer, 'name' | 'init'> {
  return { name: container.name, init: list === 'initContainers' }
}

function key({ list, index }: PlacedContainer): string {
  return `${list}/${index}`
}

function containerAt(pod: Pod, { list, index, container }: PlacedContainer): Container {
  return pod.spec[list]?.[index] ?? container
}

/** What else of the pod is changed: labels and annotations. */
export function explainChanges({ before, after }: Reviewed): string[] {
  if (before === undefined || after === undefined) return []
  return [
    ...differences('label', before.metadata.labels ?? {}, after.metadata.labels ?? {}),
    ...differences('annotation', before.metadata.annotations ?? {}, after.metadata.annotations ?? {}),
  ]
}

type Texts = Readonly<Record<string, string>>

function differences(what: string, before: Texts, after: Texts): string[] {
  return Object.entries(after)
    .filter(([name, value]) => before[name] !== value)
    .map(([name, value]) => {
      const old = before[name]
      const was = old === undefined ? '' : ` (it was ${quote(old)})`
      return `the ${what} ${name} becomes ${value}${was}.`
    })
}
