import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { MUTATE_CONDITIONS } from '../../src/install/match-conditions.ts'
import { API_SERVER_CASES } from './api-server-cases.ts'
import { corpusFiles, readCorpus, WATCHED } from './read-corpus.ts'
import { PATIENT } from '../admission/patience.ts'

vi.setConfig(PATIENT)

/** Rows of the list of bad input; 74 to 86 are about policies, which are not there yet. */
const ROWS = [...Array.from({ length: 73 }, (_, index) => index + 1), 87, 88, 89, 90]

const GOOD =
  'row: 1\nname: a title\ncases:\n- {name: one, request: {review: {}}, expect: {status: 200, allowed: true}}\n'

async function readFolder(files: Record<string, string>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'corpus-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return readCorpus(folder)
}

describe('the corpus', () => {
  test('has a file for each row, and no other', () => {
    expect([...corpusFiles(), WATCHED].map((name) => Number(name.slice(0, 2)))).toEqual(ROWS)
  })

  test('has no two cases of one name in a row', () => {
    const titles = readCorpus().map(({ row, name }) => `${row} ${name}`)
    expect(titles).toEqual([...new Set(titles)])
  })

  test('says of every verdict whether it admits', () => {
    const silent = readCorpus().filter(
      ({ expect: wanted }) => 'status' in wanted && wanted.status === 200 && wanted.allowed === undefined,
    )
    expect(silent.map(({ name }) => name)).toEqual([])
  })
})

describe('the reader of the corpus', () => {
  test('takes a good file', async () => {
    expect(await readFolder({ '01-good.yaml': GOOD })).toHaveLength(1)
  })

  test.each<[string, string, RegExp]>([
    ['an unknown field', GOOD.replace('allowed', 'alowed'), /01-bad\.yaml.*alowed/s],
    ['an unknown field of the file', `${GOOD}nots: x\n`, /01-bad\.yaml.*nots/s],
    ['no case', 'row: 1\nname: x\ncases: []\n', /01-bad\.yaml.*cases/s],
    ['another row than its name says', GOOD.replace('row: 1', 'row: 2'), /01-bad\.yaml: has row 2/],
    ['a key twice', `${GOOD}row: 1\n`, /01-bad\.yaml.*unique/s],
    ['an unknown tag', GOOD.replace('a title', '!repat [a, 2]'), /01-bad\.yaml.*!repat/s],
    ['a tag with odd content', GOOD.replace('a title', '!repeat [1, 2]'), /wanted !repeat \[text, times\]/],
  ])('refuses a file with %s', async (_name, text, problem) => {
    await expect(readFolder({ '01-bad.yaml': text })).rejects.toThrow(problem)
  })
})

describe('the cases for a real API server', () => {
  test('are many, and of both outcomes', () => {
    const allowed = API_SERVER_CASES.filter(({ expected }) => expected.allowed)
    expect(allowed.length).toBeGreaterThan(20)
    expect(API_SERVER_CASES.length - allowed.length).toBeGreaterThan(40)
  })

  test('are of pods that may be created: in namespace shop, with a name, and an image for each container', () => {
    for (const { name, pod } of API_SERVER_CASES) {
      const { metadata, spec } = pod as {
        metadata: { namespace: string; name?: string; generateName?: string }
        spec: { containers: { image?: string }[]; initContainers?: { image?: string }[] }
      }
      expect(metadata.namespace, name).toBe('shop')
      expect(metadata.name ?? metadata.generateName, name).toBeTruthy()
      const containers = [...spec.containers, ...(spec.initContainers ?? [])]
      expect(
        containers.every(({ image }) => image !== undefined),
        name,
      ).toBe(true)
    }
  })

  // the API server checks keys after admission, so these would be refused by it and not by us
  test('have annotations whose keys Kubernetes takes', () => {
    const keys = API_SERVER_CASES.flatMap(({ pod }) => {
      const { metadata } = pod as { metadata: { annotations?: Record<string, string> } }
      return Object.keys(metadata.annotations ?? {})
    })
    expect(keys.filter((key) => !/^([a-z.]+\/)?[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(key))).toEqual([])
  })

  test('say that nothing is changed where the webhook is not called', () => {
    expect(MUTATE_CONDITIONS.map(({ expression }) => expression).join(' ')).toContain("'dapr.io/shared' in")
    for (const { name, pod, expected } of API_SERVER_CASES) {
      const { metadata } = pod as { metadata: { annotations?: Record<string, string> } }
      if (metadata.annotations?.['dapr.io/shared'] !== undefined) continue
      expect(expected, name).toMatchObject({ allowed: true, injected: [], warnings: [] })
    }
  })
})
