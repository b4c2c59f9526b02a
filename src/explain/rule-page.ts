import { cutText } from '../core/cut-text.ts'
import { nearNames } from '../core/near-names.ts'
import { RULE_IDS, RULES, isRuleId } from '../core/rules.ts'
import { CHECKS, isCheckId } from '../lint/checks.ts'
import { CHECK_PAGES, RULE_PAGES } from '../report/rule-pages.ts'

/** What `explain RULE` tells: of a rule of decisions, or of a check of `lint`. */
export interface RulePage {
  readonly apiVersion: 'shared.dapr.io/v1alpha1'
  readonly kind: 'RulePage'
  readonly id: string
  readonly of: 'rule' | 'lint check'
  /** what it does by itself: `Deny`, or of a check `Error` */
  readonly action: string
  readonly severity: string
  /** no policy and no exception makes less of it */
  readonly unlowerable: boolean
  readonly summary: string
  /** all of it, Markdown */
  readonly page: string
}

/** The page of a rule or of a lint check; none where there is none of that id. */
export function findPage(id: string): RulePage | undefined {
  const common = { apiVersion: 'shared.dapr.io/v1alpha1', kind: 'RulePage', id } as const
  if (isRuleId(id)) {
    const { action, severity, unlowerable } = RULES[id]
    const { summary, markdown } = RULE_PAGES[id]
    return { ...common, of: 'rule', action, severity, unlowerable, summary, page: markdown }
  }
  if (isCheckId(id)) {
    const { summary, markdown } = CHECK_PAGES[id]
    return {
      ...common,
      of: 'lint check',
      action: CHECKS[id],
      severity: '',
      unlowerable: false,
      summary,
      page: markdown,
    }
  }
  return undefined
}

/** Every page: the rules in the order of the catalogue, then the checks of `lint`. */
export function allPages(): RulePage[] {
  return [...RULE_IDS, ...Object.keys(CHECKS)].flatMap((id) => findPage(id) ?? [])
}

/** Ids that may have been meant. */
export function nearIds(id: string): string[] {
  return nearNames(id, [...RULE_IDS, ...Object.keys(CHECKS)])
}

/** A page for a person. */
export function renderPage({ id, of, action, severity, unlowerable, page }: RulePage): string {
  const traits = [of, action, ...(severity === '' ? [] : [`severity ${severity}`])]
  const fixed = unlowerable ? ['which no policy lowers'] : []
  return `${id} (${[...traits, ...fixed].join(', ')})\n\n${page}\n`
}

const LONGEST_SUMMARY = 120

/** One line a page. */
export function renderPages(pages: readonly RulePage[]): string {
  const width = Math.max(...pages.map(({ id }) => id.length))
  const action = Math.max(...pages.map((one) => one.action.length))
  const lines = (of: RulePage['of']): string[] =>
    pages
      .filter((one) => one.of === of)
      .map(
        (one) =>
          `  ${one.id.padEnd(width)}  ${one.action.padEnd(action)}  ${cutText(one.summary, LONGEST_SUMMARY)}`,
      )
  return ['rules of decisions', ...lines('rule'), '', 'checks of lint', ...lines('lint check'), ''].join('\n')
}
