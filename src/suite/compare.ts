import { isDeepStrictEqual } from 'node:util'
import { BUILT_IN } from '../core/rules.ts'
import { nearestName } from '../core/near-names.ts'
import { quote } from '../core/quote.ts'
import type { ReviewItem } from '../review/result.ts'
import type { Path, Source } from '../state/manifest.ts'
import { compareFindings, toldLines } from './compare-findings.ts'
import type { Difference, DifferenceLine } from './difference.ts'
import { differentPatch, type ExpectedPatch } from './compare-patch.ts'
import type { Outcome } from './run-test.ts'
import type { Expectation } from './schema.ts'
import type { SuiteTest } from './suite.ts'

/** How an outcome differs from what the test expects; empty where all is well. */
export function differences(test: SuiteTest, outcome: Outcome, patch: ExpectedPatch): Difference[] {
  const { expect, expectPath, place } = test
  const { item, instance } = outcome.reviewed
  const at = (field: string, ...below: Path): Source => place.sourceOf([...expectPath, field, ...below])
  const why = toldLines(whyAllowed(item))
  const refusal = item.allowed ? [] : why
  return toldOnce(
    [
      ...unmatched(expect, item, at('matched')),
      ...unequal('allowed', expect.allowed, item.allowed, at('allowed'), why),
      ...unequal('matched', expect.matched, item.matched, at('matched'), whyUnmatched(item)),
      ...unequal('instance', expect.instance, instance, at('instance'), refusal),
      ...compareFindings(expect, item, at),
      ...unequal('warnings', expect.warnings, item.warnings.length, at('warnings'), plain(item.warnings)),
      ...differentEnv(expect, item, at, refusal),
      ...differentPatch(expect, item, { patch, refusal, source: at('patch') }),
      ...differentAgain(expect, outcome, at('idempotent'), refusal),
    ],
    why,
  )
}

/** What several differences come from is told of the first. */
function toldOnce(all: readonly Difference[], why: readonly DifferenceLine[]): Difference[] {
  const first = all.findIndex(({ lines }) => lines === why)
  return all.map((one, index) => (index > first && one.lines === why ? { ...one, lines: [] } : one))
}

/** What is wrong with an expectation once it is known what there is: policies that the state does not have. */
export function unknownPolicies(
  { expect, expectPath, place }: SuiteTest,
  { seen }: Outcome,
): { readonly source: Source; readonly message: string }[] {
  const known = [...seen.policies.map(({ name }) => name), BUILT_IN]
  return (expect.findings ?? []).flatMap(({ policy }, index) =>
    policy === undefined || known.includes(policy)
      ? []
      : [
          {
            source: place.sourceOf([...expectPath, 'findings', index, 'policy']),
            message: `no policy of the state is called ${quote(policy)}; did you mean ${nearestName(policy, known)}?`,
          },
        ],
  )
}

function unequal(
  field: string,
  wanted: unknown,
  got: unknown,
  source: Source,
  lines: readonly DifferenceLine[] = [],
): Difference[] {
  if (wanted === undefined || isDeepStrictEqual(wanted, got)) return []
  return [{ field, message: `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`, lines, source }]
}

/** Of a refusal, what refuses. */
function whyAllowed({ allowed, findings }: ReviewItem): ReviewItem['findings'] {
  return allowed ? findings : findings.filter(({ action }) => action === 'Deny')
}

/**
 * A test that would hold of any object that never asks has seen nothing. One that expects a refusal, or names what was
 * found, has.
 */
function unmatched(
  { matched, allowed, findings = [] }: Expectation,
  item: ReviewItem,
  source: Source,
): Difference[] {
  if (item.matched || matched !== undefined || allowed === false || findings.length > 0) return []
  const message =
    'nothing was tested: the object does not ask for a shared instance, or not where the webhook serves'
  return [{ field: 'matched', message, lines: whyUnmatched(item), source }]
}

/** What the object says that was meant to be an ask, where it was meant to be served, and where it stands. */
function whyUnmatched(item: ReviewItem): DifferenceLine[] {
  const { findings, warnings, object, source } = item
  if (item.matched) return toldLines(findings)
  const notes = warnings.filter((warning) => !warning.startsWith('['))
  return [
    ...(findings.length === 0 ? [] : toldLines(findings)),
    ...plain(notes),
    ...plain([
      `${object.kind} ${object.namespace}/${object.name} (${source.file}:${source.line}). Say "matched: false" if that is meant.`,
    ]),
  ]
}

function differentEnv(
  { env = {} }: Expectation,
  item: ReviewItem,
  at: (field: string, ...below: Path) => Source,
  refusal: readonly DifferenceLine[],
): Difference[] {
  return Object.entries(env).flatMap(([container, variables]) => {
    const got = item.env[container]
    const source = at('env', container)
    if (got === undefined) {
      const names = Object.keys(item.env)
      const near = names.length === 0 ? '' : `; there is ${names.map(quote).join(', ')}`
      const message = item.allowed
        ? `no container is called ${quote(container)}${near}`
        : 'a refused pod has no variables'
      return [{ field: `env.${container}`, message, lines: refusal, source }]
    }
    const lines = Object.entries(variables).flatMap(([name, wanted]) =>
      differentVariable(name, wanted, got[name]),
    )
    if (lines.length === 0) return []
    const count = new Set(lines.map(({ about }) => about)).size
    const message = `${count} ${count === 1 ? 'variable differs' : 'variables differ'}`
    return [{ field: `env.${container}`, message, lines: lines.map(({ line }) => line), source }]
  })
}

function differentVariable(
  name: string,
  wanted: string | null,
  got: string | undefined,
): { readonly about: string; readonly line: DifferenceLine }[] {
  if (wanted === (got ?? null)) return []
  const shown = (value: string | null | undefined): string =>
    value === null || value === undefined ? `${name} is absent` : `${name}=${JSON.stringify(value)}`
  return [
    { about: name, line: { sign: '-', text: shown(wanted) } },
    { about: name, line: { sign: '+', text: shown(got) } },
  ]
}

function differentAgain(
  { idempotent }: Expectation,
  { again }: Outcome,
  source: Source,
  refusal: readonly DifferenceLine[],
): Difference[] {
  if (idempotent === undefined) return []
  if (again === undefined) {
    const message = 'there is no admitted pod to send again'
    return [{ field: 'idempotent', message, lines: refusal, source }]
  }
  const second = again.item.patch
  if (idempotent === (second.length === 0)) return []
  const lines = second.map((operation): DifferenceLine => ({ sign: '+', text: JSON.stringify(operation) }))
  return [
    {
      field: 'idempotent',
      message: idempotent ? 'a second pass changes the pod again' : 'a second pass changes nothing',
      lines,
      source,
    },
  ]
}

function plain(texts: readonly string[]): DifferenceLine[] {
  return texts.map((text) => ({ sign: ' ', text }))
}
