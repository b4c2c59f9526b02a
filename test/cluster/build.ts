/**
 * Builds what the test cluster needs, before the tests do: `node test/cluster/build.ts [program...]`.
 * Prints one line per program: its name and where it lies.
 */
import { findAssets } from './assets.ts'
import { clusterPrograms, isProgram, programSources } from './programs.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !isProgram(name))
if (unknown.length > 0)
  fail(`unknown: ${unknown.join(', ')}; known: ${Object.keys(programSources).join(', ')}`)

const result = await findAssets(names.length > 0 ? names.filter(isProgram) : clusterPrograms)
if (!result.found) fail(result.reason)
for (const [program, path] of Object.entries(result.assets.programs))
  process.stdout.write(`${program} ${path}\n`)

function fail(reason: string): never {
  process.stderr.write(`test cluster: ${reason}\n`)
  process.exit(1)
}
