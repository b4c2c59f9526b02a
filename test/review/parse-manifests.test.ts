import { describe, expect, test } from 'vitest'
import { ManifestError } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

const names = (text: string): string[] => parseManifests(text, 'f.yaml').manifests.map(({ name }) => name)
const two =
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: one\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: two}\n'

describe('the same objects are read', () => {
  test.each([
    ['as YAML', two],
    ['with CRLF', two.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\uFEFF${two}`],
    ['with both', `\uFEFF${two.replaceAll('\n', '\r\n')}`],
    ['with a marker at the start and at the end', `---\n${two}---\n`],
    ['with comments between', `# a\n---\n# b\n${two}# c\n`],
    ['with end markers', two.replace('---', '...\n---')],
    ['without a last line break', two.trimEnd()],
    [
      'as JSON',
      '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"two"}}]}',
    ],
    [
      'as JSON with tabs',
      `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ['one', 'two'].map((name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name } })) }, undefined, '\t')}\n`,
    ],
    [
      'as JSON documents',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"}}\n---\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"two"}}',
    ],
    [
      'as JSON objects, one behind the other',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"}}\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"two"}}\n',
    ],
    [
      'as JSON objects on several lines',
      '{"apiVersion":"v1",\n"kind":"Pod","metadata":{"name":"one","labels":{"a":"}\\"{"}}}{"apiVersion":"v1","kind":"Pod",\n"metadata":{"name":"two"}}',
    ],
    ['with a byte order mark before each document', `\uFEFF${two.replace('---\n', '---\n\uFEFF')}`],
    ['with a byte order mark before a marker', two.replace('---', '\uFEFF---')],
    [
      'with JSON and YAML in braces',
      '---\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: two}}',
    ],
    [
      'with JSON first and YAML after',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"one"}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: two}\n',
    ],
    ['with a List of nothing', `${two}---\napiVersion: v1\nkind: List\nitems: null\n`],
    [
      'as a List',
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: one}}\n- {apiVersion: v1, kind: Pod, metadata: {name: two}}\n',
    ],
    [
      'as a list of their kind, which need not say it again',
      'apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: one}\n- {kind: Pod, apiVersion: v1, metadata: {name: two}}\n',
    ],
    [
      'as a List in a List',
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: one}}\n- apiVersion: v1\n  kind: List\n  items: [{apiVersion: v1, kind: Pod, metadata: {name: two}}]\n',
    ],
    [
      'with anchors and merge keys',
      'apiVersion: v1\nkind: List\nitems:\n- &pod {apiVersion: v1, kind: Pod, metadata: &m {name: one}}\n- {<<: *pod, metadata: {<<: *m, name: two}}\n',
    ],
  ])('%s', (_, text) => {
    const { manifests } = parseManifests(text, 'f.yaml')
    expect(manifests.map(({ apiVersion, kind, name }) => `${apiVersion} ${kind} ${name}`)).toEqual([
      'v1 Pod one',
      'v1 Pod two',
    ])
  })
})

describe('empty documents are counted', () => {
  test.each([
    ['---\n---\n', 2],
    [`${two}---\n`, 1],
    [`---\n# Source: chart/templates/empty.yaml\n---\n${two}`, 1],
    [`${two}---\nnull\n---\n~\n`, 2],
    [two, 0],
    ['', 0],
  ])('%j: %i', (text, empty) => {
    expect(parseManifests(text, 'f.yaml').empty).toBe(empty)
  })

  test('and count as documents where another stands', () => {
    expect(parseManifests(`---\n---\n${two}`, 'f.yaml').manifests.map(({ source }) => source)).toEqual([
      { file: 'f.yaml', document: 2, line: 3 },
      { file: 'f.yaml', document: 3, line: 8 },
    ])
  })
})

describe('what is no manifest is named with its line', () => {
  test.each([
    ['no YAML', `${two}---\na: [`, 10, 'not YAML or JSON'],
    ['a tab for an indent', 'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n', 4, 'Tabs are not allowed'],
    ['a key that stands twice', 'apiVersion: v1\nkind: Pod\nkind: Pod\n', 3, 'a key stands twice in one map'],
    ['an alias of nothing', 'apiVersion: v1\nkind: Pod\nx: *nothing\n', 1, 'nothing'],
    [
      'a broken object behind a JSON object',
      '{"apiVersion":"v1","kind":"Pod"}\n{"apiVersion":"v1"\n"kind":"Pod"}',
      3,
      'not YAML or JSON',
    ],
    [
      'text behind a JSON object',
      '{"apiVersion":"v1","kind":"Pod"}\nhello: there\n',
      2,
      'without apiVersion',
    ],
    [
      'a key that stands twice, in the second of two JSON objects',
      '{"apiVersion":"v1","kind":"Pod"}\n{"apiVersion":"v1","kind":"Pod",\n"kind":"Pod"}',
      3,
      'a key stands twice in one map',
    ],
    [
      'a line that is indented too deep',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n   namespace: shop\n',
      5,
      'this line is indented deeper than the one before, which has a value already. Indent it as its neighbours.\n     namespace: shop\n     ^',
    ],
    ['two keys on one line', 'apiVersion: v1\nkind: Pod\nx: a: b\n  c: d\n', 3, 'not YAML or JSON'],
    [
      'an alias inside of what it stands for',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: &s {containers: [*s]}\n',
      4,
      'an alias stands inside of what it stands for.\n  spec: &s {containers: [*s]}\n                         ^',
    ],
    [
      'lists of lists without end',
      `apiVersion: v1\nkind: Pod\nx: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
      3,
      'nested too deeply',
    ],
    [
      'an object that its aliases make larger than any can be',
      `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  x: [&x ${'y'.repeat(10_000)}${', *x'.repeat(500)}]\n`,
      4,
      'with its aliases written out, the object is larger than 4 MiB',
    ],
    ['a list', '- a\n- b\n', 1, 'wanted a Kubernetes object, got a list'],
    ['text', `${two}---\nhello\n`, 10, 'wanted a Kubernetes object, got a string'],
    ['an object without apiVersion', `${two}---\nkind: Pod\n`, 10, 'without apiVersion'],
    ['an object without kind', 'apiVersion: v1\n', 1, 'without kind'],
    ['a kind that is no text', 'apiVersion: v1\nkind: 7\n', 1, 'without kind'],
    [
      'an item of a List without kind',
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n- {apiVersion: v1}\n',
      6,
      'without kind',
    ],
    ['an empty item of a List', 'apiVersion: v1\nkind: List\nitems:\n-\n', 4, 'got nothing'],
  ])('%s', (_, text, line, problem) => {
    const read = (): unknown => parseManifests(text, 'f.yaml')
    expect(read).toThrow(ManifestError)
    expect(read).toThrow(`f.yaml:${line}: `)
    expect(read).toThrow(problem)
  })

  test('aliases of aliases without end are refused, not followed', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`,
    )
    expect(() => parseManifests(`apiVersion: v1\nkind: Pod\n${levels.join('\n')}\n`, 'f.yaml')).toThrow(
      'f.yaml:1: not YAML or JSON',
    )
  })
})

describe('an object', () => {
  const [pod] = parseManifests(
    'apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: shop\n  generateName: web-\n  annotations:\n    a.b/c: d\nspec:\n  containers:\n  - name: a\n  - name: b\n    env:\n    - {name: A}\n',
    'f.yaml',
  ).manifests

  test('without a name has the one that its own is made from', () => {
    expect(pod).toMatchObject({ name: 'web-', namespace: 'shop' })
  })

  test.each<[(string | number)[], number]>([
    [[], 1],
    [['metadata', 'annotations', 'a.b/c'], 7],
    [['spec', 'containers', 1, 'env', 0], 13],
    [['spec', 'containers', 0, 'env'], 10],
    [['spec', 'containers', 7], 9],
    [['spec', 'nothing', 'below'], 8],
    [['nothing'], 1],
  ])('knows the line of %j, or of what is written above it: %i', (path, line) => {
    expect(pod?.lineOf(path)).toBe(line)
  })

  test('keeps keys that mean something to JavaScript as they are', () => {
    const [odd] = parseManifests(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: {__proto__: a, constructor: b}}\n',
      'f',
    ).manifests
    expect(JSON.stringify(odd?.object['metadata'])).toBe(
      '{"name":"x","annotations":{"__proto__":"a","constructor":"b"}}',
    )
  })

  test.each([
    ['true', 'true'],
    ['"true"', '"true"'],
    ['2026-01-01', '"2026-01-01"'],
  ])('of the plain value %s has %s', (written, read) => {
    const [object] = parseManifests(`{apiVersion: v1, kind: Pod, x: ${written}}`, 'f').manifests
    expect(JSON.stringify(object?.object['x'])).toBe(read)
  })
})

test('an anchor may be used in a thousand items', () => {
  const items = Array.from(
    { length: 1100 },
    (_, index) => `- {apiVersion: v1, kind: Pod, metadata: {name: p${index}}, spec: *s}`,
  )
  const text = `apiVersion: v1\nkind: List\nx: &s {containers: [{name: app}]}\nitems:\n${items.join('\n')}\n`
  expect(names(text)).toHaveLength(1100)
})

describe('JSON objects one behind the other', () => {
  const json = (name: string): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name } }, undefined, 1)

  test('are documents, each with its lines', () => {
    const { manifests } = parseManifests(`${json('a')}\n\n${json('b')}\n---\n${json('c')}`, 'f.json')
    expect(
      manifests.map((one) => [one.source.document, one.source.line, one.lineOf(['metadata', 'name'])]),
    ).toEqual([
      [1, 1, 5],
      [2, 9, 13],
      [3, 17, 21],
    ])
  })

  test('are as many as one likes', () => {
    expect(names(`${json('a')}\n`.repeat(5000))).toHaveLength(5000)
  })

  test('between markers are counted as YAML counts them', () => {
    const text = `---\n---\n${json('a')}\n---\n\n---\n${json('b')}\n---\n`
    const yaml = parseManifests(`# YAML\n${text}`, 'f')
    const { manifests, empty } = parseManifests(text, 'f')
    expect(empty).toBe(yaml.empty)
    expect(manifests.map(({ source }) => source.document)).toEqual(
      yaml.manifests.map(({ source }) => source.document),
    )
  })
})

test('names are read in the order of the text', () => {
  expect(names(two)).toEqual(['one', 'two'])
})
