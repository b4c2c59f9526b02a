import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHART, chartFiles } from '../../scripts/chart-files.ts'

const chart = join(resolve(import.meta.dirname, '../..'), CHART)
const written = chartFiles()

describe('what the code knows stands in the chart as npm run chart would write it', () => {
  test.each([...written.keys()])('%s', (name) => {
    expect(readFileSync(join(chart, name), 'utf8'), 'run: npm run chart').toBe(written.get(name))
  })

  test('and files/ has nothing that nobody writes', () => {
    const there = readdirSync(join(chart, 'files'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(chart.length + 1))
    expect(there.filter((name) => !written.has(name))).toEqual([])
  })
})
