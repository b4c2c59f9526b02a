import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

/** Runs action.yml as the runner of GitHub Actions does, as far as that can be done without GitHub. */

export const ROOT = resolve(import.meta.dirname, '../..')

const text = z.string()
const step = z.union([
  z.strictObject({ uses: text, if: text.optional(), with: z.record(text, text) }),
  z.strictObject({
    name: text,
    id: text.optional(),
    shell: z.literal('bash'),
    'working-directory': text.optional(),
    env: z.record(text, text).optional(),
    run: text,
  }),
])

/** The metadata of an action (docs.github.com, "Metadata syntax for GitHub Actions"), as far as a composite one has it. */
const metadata = z.strictObject({
  name: text,
  description: text.max(300),
  author: text,
  branding: z.strictObject({ icon: text, color: text }),
  inputs: z.record(text, z.strictObject({ description: text, default: text })),
  outputs: z.record(text, z.strictObject({ description: text, value: text })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(step) }),
})

export type Action = z.output<typeof metadata>

export const action: Action = metadata.parse(parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')))

export interface StepResult {
  readonly code: number
  /** what the runner reads: annotations among it */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

interface Job {
  /** which step; `run` unless told */
  readonly id?: string
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Runs one step in a checkout.
 *
 * @param inputs those that a workflow gives; the others have their defaults
 */
export function runStep(
  checkout: string,
  inputs: Readonly<Record<string, string>>,
  { id = 'run', env = {} }: Job = {},
): StepResult {
  const found = action.runs.steps.find((one) => 'run' in one && one.id === id)
  if (found === undefined || !('run' in found)) throw new Error(`action.yml has no step with id: ${id}`)
  const files = mkdtempSync(join(tmpdir(), 'dapr-shared-runner-'))
  const script = join(files, 'script.sh')
  writeFileSync(script, found.run)
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: resolve(checkout, fill(found['working-directory'] ?? '.', inputs)),
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(
        Object.entries(found.env ?? {}).map(([name, value]) => [name, fill(value, inputs)]),
      ),
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_WORKSPACE: realpathSync(checkout),
      GITHUB_OUTPUT: join(files, 'output'),
      GITHUB_STEP_SUMMARY: join(files, 'summary'),
      ...env,
    },
  })
  return {
    code: status ?? -1,
    log: stdout + stderr,
    outputs: outputsOf(readIfThere(join(files, 'output'))),
    summary: readIfThere(join(files, 'summary')),
  }
}

/** An expression `${{ inputs.NAME }}`; there are no others in this step. */
function fill(value: string, inputs: Readonly<Record<string, string>>): string {
  const filled = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value)?.[1]
  if (filled === undefined) return value
  const declared = action.inputs[filled]
  if (declared === undefined) throw new Error(`action.yml has no input ${filled}`)
  return inputs[filled] ?? declared.default
}

function outputsOf(written: string): Record<string, string> {
  return Object.fromEntries(
    written.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    }),
  )
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
