import { visible } from '../../report/visible.ts'
import { withoutCommands } from '../../report/workflow-commands.ts'
import type { Io } from '../io.ts'

/** Whether the runner of GitHub Actions reads the log. */
export function isReadByRunner({ env }: Pick<Io, 'env'>): boolean {
  return env['GITHUB_ACTIONS'] === 'true'
}

/**
 * Standard error repeats names of files and objects, which others chose: what a terminal would obey is shown there, and
 * where the runner of GitHub Actions reads along, or an answer is meant for it, it gets no command.
 */
export function guardLog(io: Io, args: readonly string[]): Io {
  const isForRunner = isReadByRunner(io) || args.some((arg) => /^(-o|--output=)?github$/.test(arg))
  const guard = isForRunner ? withoutCommands : (text: string): string => text
  return { ...io, err: (text) => io.err(guard(visible(text))) }
}
