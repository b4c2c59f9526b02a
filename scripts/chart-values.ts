import { parse } from 'yaml'
import { z } from 'zod'

/** A value of the chart: its path, what the comment above it says, and its default. */
export interface ChartValue {
  readonly path: string
  readonly description: string
  readonly fallback: unknown
}

const MARK = '# -- '

/**
 * The values that a comment of the form `# -- ...` (as helm-docs reads them) stands above, in their order.
 *
 * @param text values.yaml, indented by two blanks
 */
export function chartValues(text: string): ChartValue[] {
  const defaults: unknown = parse(text)
  const path: string[] = []
  const values: ChartValue[] = []
  let description: string | undefined
  for (const line of text.split('\n')) {
    const comment = line.trimStart()
    if (comment.startsWith(MARK)) description = comment.slice(MARK.length)
    const [, indent, key] = /^( *)([A-Za-z]\w*):/.exec(line) ?? []
    if (indent === undefined || key === undefined) continue
    path.length = indent.length / 2
    path.push(key)
    if (description !== undefined)
      values.push({ path: path.join('.'), description, fallback: valueAt(defaults, path) })
    description = undefined
  }
  return values
}

/** As a Markdown table; a test compares it with the README of the chart. */
export function valuesTable(values: readonly ChartValue[]): string {
  const rows = values.map(
    ({ path, description, fallback }) =>
      `| \`${path}\` | \`${JSON.stringify(fallback)}\` | ${description.replaceAll('|', String.raw`\|`)} |`,
  )
  return ['| value | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => z.record(z.string(), z.unknown()).parse(value)[key], values)
}
