import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ManifestError } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'

/** Plain values as kubectl 1.32 reads them. */
const READ: readonly (readonly [written: string, read: unknown])[] = [
  ['010', 8],
  ['-010', -8],
  ['0777', 511],
  ['007', 7],
  ['0_7', 7],
  ['08', 8],
  ['012345678', 12345678],
  ['0o10', 8],
  ['0O10', 8],
  ['-0o10', -8],
  ['0o8', '0o8'],
  ['0b11', 3],
  ['0B11', 3],
  ['-0b11', -3],
  ['0b12', '0b12'],
  ['0b', '0b'],
  ['0x1F', 31],
  ['0X1f', 31],
  ['-0x1F', -31],
  ['0x_1', 1],
  ['0x', '0x'],
  ['0x10000000000000000', '0x10000000000000000'],
  ['18446744073709551616', 18446744073709551616],
  ['1_000', 1000],
  ['1__0', 10],
  ['1_', 1],
  ['_1', '_1'],
  ['1_000.5', 1000.5],
  ['1e1_0', 1e10],
  ['.1_0', 0.1],
  ['._5', '._5'],
  ['1:30', '1:30'],
  ['190:20:30', '190:20:30'],
  ['2027-01-31', '2027-01-31'],
  ['2027-01-31T00:00:00Z', '2027-01-31T00:00:00Z'],
  ['1.14', 1.14],
  ['01.5', 1.5],
  ['-.5', -0.5],
  ['5.', 5],
  ['1e3', 1000],
  ['1e', '1e'],
  ['1e400', '1e400'],
  ['0x1p4', '0x1p4'],
  ['+12', 12],
  ['0', 0],
  ['1.2.3', '1.2.3'],
  ['127.0.0.1', '127.0.0.1'],
  ['10Gi', '10Gi'],
  ['500m', '500m'],
  ['"010"', '010'],
  ['!!str 010', '010'],
  ['Off', false],
  ['on', true],
  ['y', true],
  ['No', false],
  ['tRue', 'tRue'],
  ['~', null],
  ['inf', 'inf'],
  ['NaN', 'NaN'],
]

const file = (values: readonly string[]): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nvalues:\n${values.map((value) => `- ${value}\n`).join('')}`

const values = (text: string): unknown => parseManifests(text, 'f.yaml').manifests[0]?.object['values']

test.each(READ)('the plain value %s is %j', (written, read) => {
  expect(values(file([written]))).toEqual([read])
})

describe('a number that JSON does not have is refused, as kubectl does', () => {
  test.each(['.inf', '-.Inf', '+.INF', '.nan'])('%s', (written) => {
    const read = (): unknown => values(file(['1', written]))
    expect(read).toThrow(ManifestError)
    expect(read).toThrow(
      `f.yaml:6: not YAML or JSON: ${written} is a number that JSON does not have. Put it in quotes`,
    )
  })

  test('as a text it is fine', () => {
    expect(values(file(['".inf"']))).toEqual(['.inf'])
  })
})

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

test.skipIf(!hasKubectl)('kubectl reads them so indeed', async () => {
  const home = await mkdtemp(join(tmpdir(), 'dapr-shared-kubectl-'))
  try {
    const { stdout, stderr } = spawnSync('kubectl', ['annotate', '--local', '-f', '-', 'a=b', '-o', 'json'], {
      input: file(READ.map(([written]) => written)),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, KUBERC: 'off' },
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ values: READ.map(([, read]) => read) })
  } finally {
    await rm(home, { recursive: true })
  }
})
