import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CRD_FOLDER, crdFiles } from '../src/policy/crd-files.ts'

/** `npm run crds`: writes the CRDs that others apply, from the schemas that we judge files by. */
const folder = resolve(import.meta.dirname, '..', CRD_FOLDER)
mkdirSync(folder, { recursive: true })
for (const [name, text] of crdFiles()) writeFileSync(join(folder, name), text)
