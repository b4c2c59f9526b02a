import { countOf } from '../core/count-of.ts'
import { ANNOTATION, ANNOTATION_PREFIX } from '../core/vocabulary.ts'
import { ACTION_STYLE } from '../report/of-action.ts'
import { painter, type Paint, type Style } from '../report/paint.ts'
import { placeOf } from '../report/place.ts'
import { visibleLine } from '../report/visible.ts'
import { makeResult } from '../review/result.ts'
import { VERDICT_STYLE } from '../review/verdict-style.ts'
import type { Explained } from './explain-manifest.ts'
import type {
  Candidate,
  ExplainedAnnotation,
  ExplainedContainer,
  ExplainedFinding,
  ExplainedItem,
  ExplainedPolicy,
} from './explanation.ts'

/** The explanation for a person: the verdict first, then what led to it. */
export function renderExplanation(
  explained: readonly Explained[],
  options: { readonly colour: boolean },
): string {
  return [...explanationPieces(explained, options)].join('')
}

/** The same, an object at a time. */
export function* explanationPieces(
  explained: readonly Explained[],
  { colour }: { readonly colour: boolean },
): Generator<string> {
  const paint = painter(colour)
  for (const [index, { item }] of explained.entries()) {
    yield `${index === 0 ? '' : '\n'}${renderItem(item, paint)}`
  }
  if (explained.length < 2) return
  const { summary } = makeResult(
    explained.map(({ reviewed }) => reviewed.item),
    [],
  )
  const { allowed, denied, skipped } = summary
  yield `\n${explained.length} objects: ${allowed} admitted, ${denied} refused, ${skipped} did not ask\n`
}

function renderItem(item: ExplainedItem, paint: Paint): string {
  const { source, object, verdict, because } = item
  const { kind, namespace, name } = object
  const head = `${visibleLine(`${placeOf(source)}  ${kind} ${namespace}/${name}`)}: ${paint(VERDICT_STYLE[verdict], verdict)}`
  const sections = hasStory(item) ? sectionsOf(item, paint) : []
  return [head, `  ${because}`, ...sections, ''].join('\n')
}

/** Of an object that did not ask, and with which nothing is wrong, there is no more to say. */
function hasStory({ matched, findings, annotations }: ExplainedItem): boolean {
  return (
    matched ||
    findings.length > 0 ||
    annotations.some(({ key, value }) => value !== null && key.startsWith(ANNOTATION_PREFIX))
  )
}

type Section = readonly [title: string, lines: readonly string[]]

function sectionsOf(item: ExplainedItem, paint: Paint): string[] {
  const sections: readonly Section[] = [
    ['Findings', item.findings.flatMap((one) => renderFinding(one, paint))],
    ['Unknown', item.unknown.map(visibleLine)],
    ['Namespace', [item.namespace.because]],
    ['Annotations', renderAnnotations(item.annotations, paint)],
    ...(item.matched ? judgedSections(item, paint) : []),
    ['Other changes', item.changes.map(visibleLine)],
  ]
  return sections.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : ['', `  ${paint('bold', title)}`, ...lines.map((line) => `    ${line}`)],
  )
}

/** What there is to say only of pods that ask: nothing else is chosen for them, or governs them. */
function judgedSections(item: ExplainedItem, paint: Paint): Section[] {
  const { candidates, grants, policies, exceptions, containers, omitted } = item
  return [
    ['Instances', [...renderCandidates(candidates, paint), ...besides(omitted.candidates, paint)]],
    [
      'Grants',
      [
        ...grants.map((one) => bullet(one.grants, `${one.namespace}/${one.name}`, one.because)),
        ...besides(omitted.grants, paint),
      ],
    ],
    [
      'Policies',
      [...policies.flatMap((one) => renderPolicy(one, item, paint)), ...besides(omitted.policies, paint)],
    ],
    [
      'Exceptions',
      [
        ...exceptions.map(({ name, excuses, because }) => bullet(excuses, name, because)),
        ...besides(omitted.exceptions, paint),
      ],
    ],
    ['Containers', containers.flatMap((one) => renderContainer(one, paint))],
  ]
}

/** What is not told of many objects is told of one. */
function besides(omitted: number, paint: Paint): string[] {
  return omitted === 0
    ? []
    : [paint('dim', `and ${countOf(omitted, 'other')} (explain this object alone to see all).`)]
}

function bullet(counts: boolean, name: string, because: string): string {
  return `${counts ? '*' : '-'} ${name}: ${because}`
}

function renderFinding(
  { rule, action, policy, message, cure, source, because }: ExplainedFinding,
  paint: Paint,
): string[] {
  const by = policy === 'built-in' ? '' : ` (${policy})`
  return [
    `${paint(ACTION_STYLE[action], `${action} [${rule}]`)}${by} ${message}`,
    `  ${paint('dim', visibleLine(placeOf(source)))} ${cure}`,
    `  ${paint('dim', because)}`,
  ]
}

/** The defaults that are worth a word beside what is written. */
const TOLD_DEFAULTS: readonly string[] = [ANNOTATION.namespace, ANNOTATION.strategy, ANNOTATION.containers]

function renderAnnotations(annotations: readonly ExplainedAnnotation[], paint: Paint): string[] {
  const defaults = annotations
    .filter(({ key, value }) => value === null && TOLD_DEFAULTS.includes(key))
    .map(({ meaning }) => meaning.replace(/^absent: /, '').replace(/\.$/, ''))
  return [
    ...annotations.flatMap(({ key, value, meaning }) =>
      value === null ? [] : [`${key}: ${shown(value)} - ${meaning}`],
    ),
    ...(defaults.length === 0 ? [] : [paint('dim', `by default: ${defaults.join('; ')}.`)]),
  ]
}

/** Beside the one that is chosen, as many as a screen takes; the document has all. */
const MOST_CANDIDATES = 12

function renderCandidates(candidates: readonly Candidate[], paint: Paint): string[] {
  const shownOnes = candidates.slice(0, MOST_CANDIDATES)
  const rest = candidates.length - shownOnes.length
  return [
    ...shownOnes.map(({ namespace, appId, workload, chosen, because }) => {
      const name = appId === '' ? workload : `${namespace}/${appId} (${workload})`
      return bullet(chosen, chosen ? paint('green', name) : name, because)
    }),
    ...(rest > 0 ? [`and ${countOf(rest, 'other')}, none of them chosen (-o json tells all).`] : []),
  ]
}

function renderPolicy(policy: ExplainedPolicy, { point }: ExplainedItem, paint: Paint): string[] {
  const { name, governs, because, action, actionBecause, rules, overrides, defaults } = policy
  if (!governs) return [paint('dim', `- ${name}: ${because}`)]
  return [
    `* ${paint('bold', name)}: ${because}`,
    `    at point ${point} what its rules find is ${action}: ${actionBecause}.`,
    ...rules.map(
      (part) => `    ${part.part}: ${paint(OUTCOME_STYLE[part.outcome], part.outcome)}: ${part.because}`,
    ),
    ...overrides.map(
      ({ rule, applied, because: why }) =>
        `    override of ${rule}: ${applied ? 'applied' : 'not applied'}: ${why}`,
    ),
    ...(defaults === null
      ? []
      : [`    defaults: ${defaults.won ? 'they count' : 'they do not count'}: ${defaults.because}`]),
  ]
}

function renderContainer(
  { name, init, injected, because, variables }: ExplainedContainer,
  paint: Paint,
): string[] {
  const what = `${init ? 'init container' : 'container'} ${visibleLine(name)}`
  return injected
    ? [`* ${what}: ${because}`, ...variables.map((line) => `    ${line}`)]
    : [paint('dim', `- ${what} is left alone: ${because}`)]
}

const MOST_SHOWN = 120

/** An annotation is a tenant's text, and may hold control characters that a terminal would obey. */
function shown(value: string): string {
  const safe = JSON.stringify(value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}...` : value)
  return safe.replaceAll(/[^ -~]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

const OUTCOME_STYLE: Readonly<Record<ExplainedPolicy['rules'][number]['outcome'], Style>> = {
  fired: 'yellow',
  satisfied: 'green',
  'does not apply': 'dim',
  'not judged': 'dim',
  unknown: 'yellow',
}
