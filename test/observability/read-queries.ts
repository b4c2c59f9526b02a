/** A metric in an expression of PromQL, with the labels that it is selected or grouped by there. */
export interface UsedMetric {
  readonly name: string
  readonly labels: readonly string[]
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*|[{}()[\],]|\d[\w.]*|[^\s\w]/g
const KEYWORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan'])
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])

/**
 * The metrics of an expression, as far as our own rules and dashboards need it: whether they are PromQL at all, promtool
 * says. Labels of a grouping are taken to be those of every metric in it.
 */
export function usedMetrics(expression: string): UsedMetric[] {
  // of Grafana: its variables stand where durations and values do
  const tokens: readonly string[] = expression.replaceAll('$__rate_interval', '5m').match(TOKEN) ?? []
  const used: { name: string; labels: string[] }[] = []
  const grouped: string[] = []
  let isRange = false
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    if (token === '[' || token === ']') isRange = token === '['
    else if (token === '{') {
      const end = tokens.indexOf('}', at)
      const inside = tokens.slice(at + 1, end)
      used
        .at(-1)
        ?.labels.push(...inside.filter((one, index) => isName(one) && /^[=!]/.test(inside[index + 1] ?? '')))
      at = end
    } else if (GROUPING.has(token) && tokens[at + 1] === '(') {
      const end = tokens.indexOf(')', at)
      if (token === 'by') grouped.push(...tokens.slice(at + 2, end).filter(isName))
      at = end
    } else if (
      !isRange &&
      isName(token) &&
      !KEYWORDS.has(token) &&
      tokens[at + 1] !== '(' &&
      !isGrouped(tokens, at)
    ) {
      used.push({ name: token, labels: [] })
    }
  }
  return used.map(({ name, labels }) => ({ name, labels: [...new Set([...labels, ...grouped])] }))
}

/** `sum by (le) (…)`: the word before a grouping is an operator. */
function isGrouped(tokens: readonly string[], at: number): boolean {
  return GROUPING.has(tokens[at + 1] ?? '')
}

function isName(token: string): boolean {
  return /^[a-zA-Z_:]/.test(token)
}
