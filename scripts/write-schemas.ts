import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCHEMA_FOLDER, schemaFiles } from './result-schemas.ts'
import { SUITE_SCHEMA, suiteSchemaText } from './suite-schema.ts'

/** `npm run schemas`: the JSON Schemas of suites, and of what `-o json` prints. */
mkdirSync(SCHEMA_FOLDER, { recursive: true })
for (const [name, text] of await schemaFiles()) writeFileSync(join(SCHEMA_FOLDER, name), text)
writeFileSync(join(SCHEMA_FOLDER, SUITE_SCHEMA), await suiteSchemaText())
