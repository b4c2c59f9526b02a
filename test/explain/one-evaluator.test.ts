import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { explainManifest } from '../../src/explain/explain-manifest.ts'
import type { ExplainedItem } from '../../src/explain/explanation.ts'
import type * as Original from '../../src/review/review-manifest.ts'
import type { ReviewContext, Reviewed } from '../../src/review/review-manifest.ts'
import type { Manifest } from '../../src/state/manifest.ts'

/** Every review that the suites of the project make, whatever runs them. */
interface Made {
  readonly manifest: Manifest
  readonly context: ReviewContext
  readonly reviewed: Reviewed
}

const made = vi.hoisted(() => [] as unknown[]) as Made[]

vi.mock('../../src/review/review-manifest.ts', async (importOriginal) => {
  const original = await importOriginal<typeof Original>()
  return {
    ...original,
    async reviewManifest(manifest: Manifest, context: ReviewContext): Promise<Reviewed> {
      const reviewed = await original.reviewManifest(manifest, context)
      made.push({ manifest, context, reviewed })
      return reviewed
    },
  }
})

const root = join(import.meta.dirname, '../..')

async function reviewsOfSuites(folder: string): Promise<readonly Made[]> {
  made.length = 0
  let out = ''
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (out += text),
    readStdin: async () => '',
    env: {},
    cwd: root,
    colour: false,
  }
  expect(await runProgram(['test', folder], io), out).toBe(0)
  return [...made]
}

test.for(['test/cases', 'deploy/examples'])(
  'explain says what review says, and accounts for every policy and instance once: %s',
  { timeout: 60_000 },
  async (folder) => {
    expect(await readdir(join(root, folder))).not.toEqual([])
    const reviews = await reviewsOfSuites(folder)
    expect(reviews.length).toBeGreaterThan(20)
    for (const { manifest, context, reviewed } of reviews) {
      const { item, reviewed: again } = await explainManifest(manifest, context, 'everything')
      expect(again).toEqual(reviewed)
      expectSame(item, reviewed)
      expectAccounted(item, context)
      expectWhole(item)
      const { item: short } = await explainManifest(manifest, context, 'concerning')
      expectSame(short, reviewed)
      expectCounted(short, item)
      expectWhole(short)
    }
  },
)

function expectSame(item: ExplainedItem, { item: wanted }: Reviewed): void {
  const { allowed, matched, warnings, patch, env, object, source } = item
  expect({ allowed, matched, warnings, patch, env, object, source, findings: [] }).toEqual({
    ...wanted,
    findings: [],
  })
  expect(item.findings).toMatchObject(wanted.findings)
  expect(item.findings).toHaveLength(wanted.findings.length)
}

function expectAccounted(item: ExplainedItem, { known }: ReviewContext): void {
  const { policies, candidates, namespace, point } = item
  if (point === '') return
  const names = known.policies.policies.map(({ name }) => name)
  expect(policies.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  const there = known.inventory.get(namespace.name)
  const local = candidates.filter((one) => one.namespace === namespace.name)
  expect(local.map(({ appId, workload }) => appId || workload).toSorted()).toEqual(
    [
      ...(there?.entries.keys() ?? []),
      ...(there?.unusable.map(({ kind, name }) => `${kind}/${name}`) ?? []),
    ].toSorted(),
  )
  expect(candidates.filter(({ chosen }) => chosen).length).toBeLessThanOrEqual(1)
}

/** Of many objects the same is told of what concerns each, and the others are counted. */
function expectCounted(short: ExplainedItem, whole: ExplainedItem): void {
  for (const list of ['candidates', 'grants', 'policies', 'exceptions'] as const) {
    expect(whole.omitted[list]).toBe(0)
    expect(short[list].length + short.omitted[list]).toBe(whole[list].length)
    expect(whole[list]).toEqual(expect.arrayContaining([...short[list]]))
  }
}

/** What an explanation must not lack: a reason for everything, and for what is injected the instance that it is of. */
function expectWhole(item: ExplainedItem): void {
  const { verdict, policies, candidates, containers, findings, exceptions } = item
  for (const { because } of [...policies, ...candidates, ...containers, ...findings, ...exceptions]) {
    expect(because).toMatch(/^\S[^]*\.$/)
    expect(because).not.toMatch(/undefined|\[object|NaN/)
  }
  if (verdict === 'injected') {
    expect(candidates.filter(({ chosen }) => chosen)).toHaveLength(1)
    expect(containers.some(({ injected }) => injected)).toBe(true)
  }
  const firing = findings.filter(({ policy, rule }) => policy !== 'built-in' && rule !== 'policy.invalid')
  for (const { policy, rule } of firing) {
    const own = policies.find(({ name }) => name === policy)
    expect(own?.governs, `${policy} made ${rule}`).toBe(true)
    const told =
      own?.rules.some(({ outcome, rules }) => outcome === 'fired' && rules.includes(rule)) === true ||
      own?.overrides.some((one) => one.applied && one.rule === rule) === true ||
      (rule === 'env.conflict' && own?.defaults?.won === true)
    expect(told, `${policy} made ${rule}, and no part of it says so`).toBe(true)
  }
}
