import { withoutCommands } from '../report/workflow-commands.ts'
import type { Io } from './io.ts'

/** Whether the runner of GitHub Actions reads the log. */
export function isReadByRunner({ env }: Pick<Io, 'env'>): boolean {
  return env['GITHUB_ACTIONS'] === 'true'
}

/**
 * Where the runner of GitHub Actions reads along, or an answer is meant for it, standard error gives it no command: what stands there
 * repeats names of files and objects, which others chose.
 */
export function guardLog(io: Io, args: readonly string[]): Io {
  const isForRunner = isReadByRunner(io) || args.some((arg) => /^(-o|--output=)?github$/.test(arg))
  return isForRunner ? { ...io, err: (text) => io.err(withoutCommands(text)) } : io
}
