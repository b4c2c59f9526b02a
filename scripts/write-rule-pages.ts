import { writeFileSync } from 'node:fs'
import { PAGES_FILE, rulePagesFile } from './rule-pages.ts'

/** `npm run rule-pages`: what the program prints of docs/rules.md and docs/lint.md. */
writeFileSync(PAGES_FILE, await rulePagesFile())
