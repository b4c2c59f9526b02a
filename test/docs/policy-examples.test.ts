import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isProblems, readResource } from '../../src/policy/read-resource.ts'
import { isResourceKind } from '../../src/policy/kinds.ts'
import { readFiles } from '../../src/state/read-files.ts'
import { judged, testsIn } from '../suite/a-bench.ts'

/** The worked examples give the answers that stand beside them. On a cluster: test/e2e/policy-examples.e2e.test.ts. */

const ROOT = resolve(import.meta.dirname, '../../deploy/examples/policies')
const FOLDERS = readdirSync(ROOT)

const manifestsOf = async (folder: string) => {
  const readings = await readFiles([join(ROOT, folder)], { cwd: ROOT, readStdin: async () => '' })
  return readings.flatMap(({ manifests }) => manifests)
}

test('there are five', () => {
  expect(FOLDERS).toHaveLength(5)
})

describe.each(FOLDERS)('%s', async (folder) => {
  const manifests = await manifestsOf(folder)
  const cases = await testsIn(join(ROOT, folder, 'answers.dapr-shared-test.yaml'))

  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const { differences, problems } = await judged(one)
    expect([...problems, ...differences]).toEqual([])
  })

  test('every workload has its answer', () => {
    const asked = cases.map(({ request: { object } }) => object)
    const files = readdirSync(join(ROOT, folder, 'workloads')).map((name) => `workloads/${name}`)
    expect(files.filter((file) => !asked.includes(file))).toEqual([])
  })

  test('every resource of ours is one that the API server takes', () => {
    const ours = manifests.filter(({ kind }) => isResourceKind(kind))
    expect(ours.map(({ object }) => readResource(object)).filter(isProblems)).toEqual([])
    expect(ours.map(({ kind }) => kind)).toContain('DaprSharedPolicy')
  })
})

describe('together', async () => {
  const all = (await Promise.all(FOLDERS.map(manifestsOf))).flat()

  test('they show every kind', () => {
    expect([...new Set(all.map(({ kind }) => kind).filter(isResourceKind))].toSorted()).toEqual([
      'DaprSharedException',
      'DaprSharedGrant',
      'DaprSharedInstance',
      'DaprSharedPolicy',
    ])
  })

  test('they leave each other alone: none has a namespace of another', async () => {
    const namespaces = await Promise.all(
      FOLDERS.map(async (folder) => [
        ...new Set(
          (await manifestsOf(folder)).filter(({ kind }) => kind === 'Namespace').map(({ name }) => name),
        ),
      ]),
    )
    expect(namespaces.flat()).toHaveLength(new Set(namespaces.flat()).size)
  })
})
