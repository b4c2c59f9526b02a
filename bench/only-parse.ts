import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** The reference of whoever reads manifests: the YAML library alone reads the same files, and nothing is made of them. */
const [path = '.'] = process.argv.slice(2)
const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]
for (const file of files)
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) document.toJS()
