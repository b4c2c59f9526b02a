import { stringify } from 'yaml'

const OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false } as const

/** A document as YAML, entry by entry of its lists: the tree of all of it would take many times the room of the text. */
export function* yamlPieces(document: object): Generator<string> {
  for (const [key, value] of Object.entries(document) as [string, unknown][]) {
    if (!Array.isArray(value) || value.length === 0) {
      yield stringify({ [key]: value }, OPTIONS)
      continue
    }
    yield `${key}:\n`
    for (const entry of value as unknown[])
      yield stringify([entry], OPTIONS).replaceAll(/(?<![^\n])(?=[^\n])/g, '  ')
  }
}
