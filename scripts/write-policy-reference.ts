import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { REFERENCE_PAGE, withFieldTables } from './field-tables.ts'

/** `npm run policy-reference`: writes the tables of fields into the page, from the schemas that we judge files by. */
const page = join(resolve(import.meta.dirname, '..'), REFERENCE_PAGE)
writeFileSync(page, withFieldTables(readFileSync(page, 'utf8')))
