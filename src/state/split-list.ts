import type { TextPart } from './split-json.ts'

export interface SplitList {
  /** the List with no items in it */
  readonly frame: string
  /** each as a text of its own */
  readonly items: readonly TextPart[]
}

/** Below this a List is read whole: nobody waits for it. */
const LONG = 128 * 1024

const MARKER = /^(?:---|\.\.\.)(?:[ \t\r]|$)/
const ITEMS = /^items:[ \t]*\r?$/

/**
 * Takes a long List in block style apart by its lines, as `kubectl get -o yaml` writes it, so that it need not be read
 * as one document, which takes sixty times its size. A field of the List begins at the margin, and an item with a dash
 * as far in as that of the first; nothing within an item may stand so far out (YAML 1.2.2, 6.1 and 8.2).
 *
 * @returns nothing for whatever does not look like this
 */
export function splitList(text: string): SplitList | undefined {
  if (text.length < LONG || !/^items:[ \t]*\r?$/m.test(text)) return undefined
  const lines = text.split('\n')
  if (lines.slice(1).some((line) => MARKER.test(line))) return undefined
  const head = lines.findIndex((line) => ITEMS.test(line))
  const dash = /^( *)- /.exec(lines[head + 1] ?? '')?.[0]
  if (dash === undefined) return undefined

  const items: TextPart[] = []
  let from = head + 1
  let at = from + 1
  const close = (): void => {
    const [first = '', ...others] = lines.slice(from, at)
    items.push({ text: [first.replace('-', ' '), ...others].join('\n'), line: from + 1 })
    from = at
  }
  for (; at < lines.length && isWithin(lines[at] ?? '', dash); at++) {
    if (lines[at]?.startsWith(dash)) close()
  }
  close()
  return { frame: [...lines.slice(0, head), 'items: []', ...lines.slice(at)].join('\n'), items }
}

/** Whether a line belongs to the items: it is empty, or as far in as their dashes. */
function isWithin(line: string, dash: string): boolean {
  if (line.trim() === '') return true
  return line.startsWith(dash) || line.length - line.trimStart().length > dash.length - 2
}
