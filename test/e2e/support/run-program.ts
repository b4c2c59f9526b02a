import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface ProgramResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export const PROGRAM = join(import.meta.dirname, '../../../src/main.ts')

/** Runs `dapr-shared <args>` to its end, as a user would: a process of its own. Any exit code is an answer. */
export async function runProgram(
  args: readonly string[],
  { cwd, stdin = '' }: { cwd: string; stdin?: string },
): Promise<ProgramResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { PATH: process.env['PATH'] } })
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject).once('close', (code) => resolve(code ?? 1))
  // It may end before it has read all: that is told by its exit code, not by a broken pipe.
  child.stdin.on('error', () => {}).end(stdin)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** The standard output of a command that must succeed. */
export async function outputOf(
  args: readonly string[],
  options: Parameters<typeof runProgram>[1],
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(args, options)
  if (code !== 0) throw new Error(`dapr-shared ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`)
  return stdout
}
