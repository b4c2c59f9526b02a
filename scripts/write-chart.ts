import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CHART, chartFiles } from './chart-files.ts'

/** Part of `npm run chart`: writes into the chart what the code knows. */
const folder = join(import.meta.dirname, '..', CHART)
for (const [name, text] of chartFiles()) {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
