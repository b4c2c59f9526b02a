import { styleText } from 'node:util'
import { countOf } from '../core/count-of.ts'
import type { Action } from '../core/rules.ts'
import { ANNOTATION, ANNOTATION_PREFIX } from '../core/vocabulary.ts'
import type { Verdict } from '../review/review-manifest.ts'
import type {
  Candidate,
  ExplainedAnnotation,
  ExplainedContainer,
  ExplainedFinding,
  ExplainedItem,
  ExplainedPolicy,
  Explanation,
} from './explanation.ts'

type Style = Parameters<typeof styleText>[0]
type Paint = (style: Style, text: string) => string

/** The explanation for a person: the verdict first, then what led to it. */
export function renderExplanation(
  { items, summary }: Explanation,
  { colour }: { readonly colour: boolean },
): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
  const { allowed, denied, skipped } = summary
  const counts =
    items.length > 1
      ? [`${items.length} objects: ${allowed} admitted, ${denied} refused, ${skipped} did not ask`]
      : []
  return [...items.map((item) => renderItem(item, paint)), ...counts.map((line) => `${line}\n`)].join('\n')
}

function renderItem(item: ExplainedItem, paint: Paint): string {
  const { source, object, verdict, because } = item
  const head = `${source.file}:${source.line}  ${object.kind} ${object.namespace}/${object.name}: ${paint(VERDICT_STYLE[verdict], verdict)}`
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
    ['Unknown', item.unknown],
    ['Namespace', [item.namespace.because]],
    ['Annotations', renderAnnotations(item.annotations, paint)],
    ...(item.matched ? judgedSections(item, paint) : []),
    ['Other changes', item.changes],
  ]
  return sections.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : ['', `  ${paint('bold', title)}`, ...lines.map((line) => `    ${line}`)],
  )
}

/** What there is to say only of pods that ask: nothing else is chosen for them, or governs them. */
function judgedSections(item: ExplainedItem, paint: Paint): Section[] {
  const { candidates, grants, policies, exceptions, containers } = item
  return [
    ['Instances', renderCandidates(candidates, paint)],
    ['Grants', grants.map((one) => bullet(one.grants, `${one.namespace}/${one.name}`, one.because))],
    ['Policies', policies.flatMap((one) => renderPolicy(one, item, paint))],
    ['Exceptions', exceptions.map(({ name, excuses, because }) => bullet(excuses, name, because))],
    ['Containers', containers.flatMap((one) => renderContainer(one, paint))],
  ]
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
    `  ${paint('dim', `${source.file}:${source.line}`)} ${cure}`,
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
  const what = `${init ? 'init container' : 'container'} ${name}`
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

const VERDICT_STYLE: Readonly<Record<Verdict, Style>> = {
  refused: ['red', 'bold'],
  'does not ask': 'dim',
  'admitted unchanged': 'green',
  'admitted without injection': 'yellow',
  injected: 'green',
}

const ACTION_STYLE: Readonly<Record<Action, Style>> = { Deny: 'red', Warn: 'yellow', Audit: 'dim' }

const OUTCOME_STYLE: Readonly<Record<ExplainedPolicy['rules'][number]['outcome'], Style>> = {
  fired: 'yellow',
  satisfied: 'green',
  'does not apply': 'dim',
  'not judged': 'dim',
  unknown: 'yellow',
}
