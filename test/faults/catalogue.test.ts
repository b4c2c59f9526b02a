import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FAULTS, formOf } from './catalogue.ts'

const LAST = 39
const page = readFileSync(join(import.meta.dirname, '../../docs/faults.md'), 'utf8')

test('every fault of the list has a scenario, or says why it has none', () => {
  const numbers = new Set(FAULTS.map(({ id }) => id))
  expect([...numbers].toSorted()).toEqual(
    Array.from({ length: LAST }, (_, index) => `F${index + 1}`).toSorted(),
  )
})

test('every scenario is in docs/faults.md, in the form that runs it', () => {
  for (const fault of FAULTS)
    expect(page).toMatch(
      new RegExp(`^\\| ${fault.id} +\\| ${escape(fault.title)} +\\|.*\\| ${formOf(fault)} +\\|$`, 'm'),
    )
})

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
