import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test.each(['life-cycle', 'faults'])('npm run %s: an option that there is not is one sentence', (folder) => {
  const script = join(import.meta.dirname, '..', folder, 'run.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--bogus'], { encoding: 'utf8' })
  expect(stdout + stderr).toBe("Unknown option '--bogus'; --help tells more\n")
  expect(status).toBe(2)
})
