import { runProgram } from '../../src/cli/program.ts'
import type { Ran } from '../cli/run.ts'

/** Runs one command line in this process, in a folder that is there. */
export async function runIn(cwd: string, args: readonly string[]): Promise<Ran> {
  let out = ''
  let err = ''
  const code = await runProgram(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    readStdin: async () => '',
    env: {},
    cwd,
    colour: false,
  })
  return { code, out, err }
}
