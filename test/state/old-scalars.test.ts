import { describe, expect, test } from 'vitest'
import { ManifestError } from '../../src/state/manifest.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { manifestOf, READ } from './scalars-as-kubectl-reads-them.ts'

const values = (text: string): unknown => parseManifests(text, 'f.yaml').manifests[0]?.object['values']

test.each(READ)('the plain value %s is %j', (written, read) => {
  expect(values(manifestOf([written]))).toEqual([read])
})

describe('a number that JSON does not have is refused, as kubectl does', () => {
  test.each(['.inf', '-.Inf', '+.INF', '.nan'])('%s', (written) => {
    const read = (): unknown => values(manifestOf(['1', written]))
    expect(read).toThrow(ManifestError)
    expect(read).toThrow(
      `f.yaml:6: not YAML or JSON: ${written} is a number that JSON does not have. Put it in quotes`,
    )
  })

  test('as a text it is fine', () => {
    expect(values(manifestOf(['".inf"']))).toEqual(['.inf'])
  })
})
