import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runIn } from '../cli/run.ts'
import { ROOT } from './workflow.ts'

const FOLDER = join(ROOT, 'deploy/examples/scenarios')
const SUITES = readdirSync(FOLDER).filter((name) => name.endsWith('.dapr-shared-test.yaml'))

describe('deploy/examples/scenarios', () => {
  test('there are twenty, numbered', () => {
    const numbers = SUITES.toSorted().map((name) => name.slice(0, 3))
    expect(numbers).toEqual(
      Array.from({ length: 20 }, (_, index) => `${String(index + 1).padStart(2, '0')}-`),
    )
  })

  test('each has its row in the README', () => {
    const linked = [
      ...readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/^\| \[[^\]]+\]\(([^)]+)\)/gm),
    ]
    expect(linked.map(([, file]) => file)).toEqual(SUITES.toSorted())
  })

  test('they pass, and their policies and manifests are all used', async () => {
    const { code, out } = await runIn(FOLDER, ['test', '-o', 'tap'])
    expect(code, out).toBe(0)
    expect(out).not.toMatch(/^not ok/m)
    const texts = SUITES.map((name) => readFileSync(join(FOLDER, name), 'utf8')).join('\n')
    const unused = ['policies', 'manifests'].flatMap((folder) =>
      readdirSync(join(FOLDER, folder)).filter(
        (name) => !texts.includes(`${folder}/${name}`) && !/^(sidecar|existing-env)-/.test(name),
      ),
    )
    expect(unused).toEqual([])
  })
})
