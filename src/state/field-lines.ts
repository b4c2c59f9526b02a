import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { LineIndex, type LineOf } from './line-index.ts'

export interface FieldLinesOptions {
  /** the line of a place in the text */
  readonly lineAt: (offset: number) => number
  /** is told where a key is that stands a second time in its map */
  readonly onTwice: (offset: number) => never
}

/** The lines of a YAML document's fields. Each map is looked through once for keys that stand in it twice. */
export function fieldLines(root: Node | null, { lineAt, onTwice }: FieldLinesOptions): LineOf {
  const index = new LineIndex(lineAt(root?.range?.[0] ?? 0))

  const addAll = (node: unknown): void => {
    if (isMap(node)) {
      const seen = new Set<unknown>()
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue
        const { value: step, range } = key
        const offset = range?.[0] ?? 0
        if (typeof step !== 'string' && typeof step !== 'number') continue
        if (seen.size === seen.add(step).size) onTwice(offset)
        add(step, offset, value)
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, at) => {
        const offset = (item as Node | null)?.range?.[0]
        if (offset !== undefined) add(at, offset, item)
      })
    }
  }
  const add = (step: string | number, offset: number, value: unknown): void => {
    const field = index.add(step, lineAt(offset))
    addAll(value)
    index.end(field)
  }
  addAll(root)
  return index.lineOf
}
