/**
 * A document as `JSON.stringify(document, undefined, 2)` writes it, with a line break at its end, piece by piece: whole
 * lines each. As one text, a large one would take many times the room of its objects.
 */
export function* jsonPieces(document: object): Generator<string> {
  const members = Object.entries(document).filter(([, value]) => value !== undefined)
  if (members.length === 0 || Array.isArray(document)) {
    yield `${JSON.stringify(document, undefined, 2)}\n`
    return
  }
  yield '{\n'
  for (const [index, [key, value]] of members.entries()) {
    const end = index === members.length - 1 ? '\n' : ',\n'
    if (Array.isArray(value) && value.length > 0) yield* listPieces(key, value, end)
    else yield `  ${JSON.stringify(key)}: ${written(value, 2)}${end}`
  }
  yield '}\n'
}

function* listPieces(key: string, items: readonly unknown[], end: string): Generator<string> {
  yield `  ${JSON.stringify(key)}: [\n`
  for (const [index, item] of items.entries()) {
    yield `    ${written(item, 4)}${index === items.length - 1 ? '\n' : ',\n'}`
  }
  yield `  ]${end}`
}

function written(value: unknown, indent: number): string {
  const text = JSON.stringify(value ?? null, undefined, 2)
  return text.replaceAll('\n', `\n${' '.repeat(indent)}`)
}
