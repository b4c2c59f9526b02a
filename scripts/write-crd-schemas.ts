import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { crdJsonSchemas } from '../src/policy/crd-json-schemas.ts'
import { SCHEMA_FOLDER } from './result-schemas.ts'

/** Part of `npm run crds`: writes the JSON Schemas of our kinds that editors read. */
mkdirSync(SCHEMA_FOLDER, { recursive: true })
const config = await resolveConfig(SCHEMA_FOLDER)
for (const [name, schema] of crdJsonSchemas())
  writeFileSync(
    join(SCHEMA_FOLDER, name),
    await format(JSON.stringify(schema), { ...config, parser: 'json' }),
  )
