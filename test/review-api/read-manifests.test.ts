import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_BOUNDS, readManifests, type ManifestBounds } from '../../src/review-api/read-manifests.ts'
import { Refusal } from '../../src/review-api/refuse.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { pod } from '../cli/run.ts'

const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples')
const read = (
  text: string,
  bounds: Partial<ManifestBounds> = {},
  breathe = () => undefined as Promise<void> | undefined,
) => readManifests(text, { ...DEFAULT_BOUNDS, ...bounds }, breathe)
const refused = (text: string, bounds: Partial<ManifestBounds> = {}): Promise<Refusal> =>
  read(text, bounds).then(
    () => {
      throw new Error('it was taken')
    },
    (error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      return error
    },
  )

describe('manifests of a request', () => {
  const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ya?ml$/.test(file) && !file.includes('test'),
  )
  const ODD = [
    `\uFEFF${pod('order')}`,
    pod('order').replaceAll('\n', '\r\n'),
    `${pod('a')}---\n---\n# nothing\n---\n${pod('b')}...\n`,
    `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}]}`,
    'apiVersion: v1\nkind: Pod\nmetadata: {name: &n x, labels: {a: *n}}\nspec: {hostNetwork: yes}',
    '',
  ]
  const texts = [...ODD, ...files.map((file) => readFileSync(join(EXAMPLES, file), 'utf8'))]

  test.each(texts.map((text) => [text.slice(0, 60), text]))(
    'are those that a command reads: %j',
    async (_, text) => {
      let wanted: unknown
      try {
        wanted = comparable(parseManifests(text, 'request'))
      } catch {
        await refused(text)
        return
      }
      expect(comparable(await read(text))).toEqual(wanted)
    },
  )

  test('are read a little at a time', async () => {
    let steps = 0
    await read(pod('order').concat('---').repeat(20), {}, () => {
      steps += 1
      return undefined
    })
    expect(steps).toBeGreaterThan(10)
  })
})

function comparable({ manifests, empty }: Awaited<ReturnType<typeof read>>) {
  return {
    empty,
    manifests: manifests.map((manifest) => ({
      ...manifest,
      lineOf: [['metadata', 'name'], ['spec'], ['spec', 'containers', 0]].map((path) =>
        manifest.lineOf(path),
      ),
    })),
  }
}

describe('what is wrong is told with its line', () => {
  test.each([
    ['a: [', 1, 'not YAML or JSON'],
    [`${pod('order')}---\nkind: Pod`, 7, 'apiVersion'],
    [`${pod('order')}---\n- a`, 7, 'got a list'],
  ])('%j', async (text, line, words) => {
    const { reason, message } = await refused(text)
    expect(reason).toBe('BadManifest')
    expect(message).toMatch(new RegExp(`^request:${line}: .*${words}`))
  })

  test('and without a word of the text', async () => {
    for (const text of [
      'password: [canary',
      'password: "canary',
      'a:\n - x\n canary\nb',
      'canary: 1\ncanary: 2',
    ]) {
      expect((await refused(text)).message).not.toContain('canary')
    }
  })
})

describe('what is too much', () => {
  const map = (keys: number): string =>
    `{${Array.from({ length: keys }, (_, index) => `k${index}: 1`).join(', ')}}`
  const lines = (keys: number): string =>
    Array.from({ length: keys }, (_, index) => `\n  k${index}: 1`).join('')
  const withSpec = (spec: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: ${spec}`
  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

  test.each([
    ['objects', { objects: 2 }, pod('a').concat('---').repeat(2), pod('a').concat('---').repeat(3)],
    ['levels in braces', { depth: 20 }, withSpec(deep(19)), withSpec(deep(40))],
    ['levels by indentation', { depth: 20 }, withSpec('\n - a'), withSpec(`\n ${'- '.repeat(40)}a`)],
    ['keys in braces', { entries: 10 }, withSpec(map(9)), withSpec(map(13))],
    ['keys on lines', { entries: 10 }, withSpec(lines(9)), withSpec(lines(13))],
    [
      'entries in brackets',
      { entries: 10 },
      withSpec(`[${'1, '.repeat(9)}]`),
      withSpec(`[${'1, '.repeat(13)}]`),
    ],
    ['entries on lines', { entries: 10 }, withSpec('\n  - 1'.repeat(9)), withSpec('\n  - 1'.repeat(13))],
    ['words', { lexemes: 200 }, pod('order'), `${pod('order')}---`.repeat(3)],
  ])('of %s is refused, and a little less is not', async (_, bounds, good, bad) => {
    await read(good, bounds)
    expect((await refused(bad, bounds)).reason).toBe('TooComplex')
  })

  test('of aliases of aliases', async () => {
    const laughs = Array.from(
      { length: 30 },
      (_, index) => `l${index}: &l${index} [${index === 0 ? 'x' : `*l${index - 1}, *l${index - 1}`}]`,
    ).join('\n')
    expect((await refused(laughs)).reason).toMatch(/TooComplex|BadManifest/)
  })

  test('of aliases written out is refused, and a little less is not', async () => {
    const swollen = (times: number): string =>
      withSpec(`{a: &v "${'x'.repeat(10_000)}", b: [${'*v, '.repeat(times)}]}`)
    await read(swollen(400))
    const { reason, message } = await refused(swollen(420))
    expect(reason).toBe('BadManifest')
    expect(message).toMatch(/^request:1: with its aliases written out, the object is larger than 4 MiB/)
  })

  test('of a text is nothing of aliases', async () => {
    const large = 'x'.repeat(5_000_000)
    await read(withSpec(`{a: "* ${large}", b: '*'}`))
    await read(withSpec(`\n  a: |\n    * ${large}\n`))
  })
})
