import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { describe, expect, test } from 'vitest'
import { ManifestError, type Path } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { splitList } from '../../src/state/split-list.ts'

/** What is read fast (JSON, and long Lists item by item) must be what is read whole. */

const FILLER = `# ${'x'.repeat(140_000)}\n`

interface Seen {
  readonly objects: readonly unknown[]
  readonly lines: readonly (readonly number[])[]
}

const PATHS: readonly Path[] = [
  [],
  ['metadata'],
  ['metadata', 'name'],
  ['data', 'a'],
  ['data', 'l', 1],
  ['nowhere'],
]

function seen(text: string): Seen | string {
  try {
    const { manifests } = parseManifests(text, 'f.yaml')
    return {
      objects: manifests.map(({ object }) => object),
      lines: manifests.map((one) => [one.source.line, ...PATHS.map((path) => one.lineOf(path))]),
    }
  } catch (error) {
    if (error instanceof ManifestError) return error.message
    throw error
  }
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', 'on', '010', '- a', 'a: b', '#', 'x\ny\n', '\n- a\nitems:\n', '---', '"\\'),
)
const manifest = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('ConfigMap'),
  metadata: fc.record({ name: fc.constantFrom('one', 'two') }),
  data: fc.record({
    a: texts,
    l: fc.array(texts, { maxLength: 3 }),
    n: fc.oneof(fc.integer(), fc.boolean()),
  }),
})
const list = fc.record({
  apiVersion: fc.constant('v1'),
  items: fc.array(manifest, { minLength: 1, maxLength: 4 }),
  kind: fc.constant('List'),
})

describe('a long List in YAML', () => {
  test('is read as a short one is', () => {
    fc.assert(
      fc.property(list, fc.constantFrom(0, 2), (value, indent) => {
        const text = stringify(value, { indentSeq: indent > 0, aliasDuplicateObjects: false })
        const long = text + FILLER
        expect(splitList(long)).toBeDefined()
        expect(seen(long)).toEqual(seen(text))
      }),
    )
  })

  const item = (name: string): string =>
    `- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: ${name}\n  data: {a: b}\n`
  test.each([
    [
      'as kubectl prints it',
      `apiVersion: v1\nitems:\n${item('one')}${item('two')}kind: List\nmetadata:\n  resourceVersion: ""\n`,
    ],
    ['with a marker before it', `---\napiVersion: v1\nkind: List\nitems:\n${item('one')}${item('two')}`],
    [
      'with CRLF',
      `apiVersion: v1\nitems:\n${item('one')}${item('two')}kind: List\n`.replaceAll('\n', '\r\n'),
    ],
    [
      'with comments and empty lines',
      `kind: List\napiVersion: v1\nitems:\n${item('one')}\n  # a\n${item('two')}`,
    ],
    [
      'with an anchor of another item',
      `kind: List\napiVersion: v1\nitems:\n- &o ${item('one').slice(2)}- *o\n`,
    ],
    ['with a broken item', `kind: List\napiVersion: v1\nitems:\n${item('one')}- a: [\n${item('two')}`],
    ['with an item that is nothing', `kind: List\napiVersion: v1\nitems:\n${item('one')}-\n${item('two')}`],
    [
      'with a block of text that looks like items',
      `kind: List\napiVersion: v1\nitems:\n${item('one').replace('{a: b}', '\n    a: |\n      - x\n      items:')}${item('two')}`,
    ],
    [
      'with a second document',
      `kind: List\napiVersion: v1\nitems:\n${item('one')}---\n${item('two').replaceAll(/^../gm, '')}`,
    ],
    ['that is none', `kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\nitems:\n${item('one')}`],
    [
      'with items in flow style',
      `kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: two},\n  data: {a: b}}\n`,
    ],
    ['with a key that stands twice', `kind: List\napiVersion: v1\nitems:\n${item('one')}  kind: ConfigMap\n`],
    [
      'of PodList items without a kind',
      'kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata:\n    name: one\n- metadata:\n    name: two\n',
    ],
  ])('%s', (_what, text) => {
    expect(seen(text + FILLER)).toEqual(seen(text))
  })
})

describe('JSON', () => {
  test('is read as YAML reads it, with the same lines', () => {
    fc.assert(
      fc.property(list, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        // a comment is YAML, so this is read by the other reader
        expect(seen(text)).toEqual(seen(`${text}\n# c`))
      }),
    )
  })

  test.each([
    [
      'escapes in keys',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},\n"data":{"\\u0061":"\\"x\\\\",\n"l":[1,\n-2.5e3]}}',
    ],
    [
      'a key that stands twice',
      '{"apiVersion":"v1","kind":"ConfigMap",\n"metadata":{"name":"a"},\n"kind":"Pod"}',
    ],
    [
      'a key that means something to JavaScript',
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":{"a":1},"constructor":1}}',
    ],
    ['a comma too many', '{"apiVersion":"v1","kind":"ConfigMap",}'],
  ])('%s', (_what, text) => {
    expect(seen(text)).toEqual(seen(`${text}\n# c`))
  })

  test('nested without end is refused, and does not end the program', () => {
    const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
    expect(() => parseManifests(deep, 'f.json')).toThrow()
  })
})
