import { basename } from 'node:path'

/** How the program was started. */
export interface Call {
  /** the name that usage and examples show */
  readonly name: string
  readonly args: readonly string[]
}

/**
 * kubectl runs `kubectl-dapr_shared` for `kubectl dapr-shared`, and asks `kubectl_complete-dapr_shared` for completions
 * (kubernetes.io, "Extend kubectl with plugins"): both are this program under another name.
 *
 * @param script the path by which it was started
 */
export function callOf(script: string, args: readonly string[]): Call {
  const called = basename(script)
  if (called.startsWith('kubectl_complete-')) {
    return { name: PLUGIN, args: ['__complete', '--', ...args] }
  }
  return { name: called.startsWith('kubectl-') ? PLUGIN : PROGRAM, args }
}

const PROGRAM = 'dapr-shared'
const PLUGIN = 'kubectl dapr-shared'

/** Help with the name that was called: in examples it stands at the beginning of a line or after a pipe. */
export function helpAs(name: string, help: string): string {
  return name === PROGRAM ? help : help.replaceAll(/^(.*\| |\s*)dapr-shared (?=[a-z])/gm, `$1${name} `)
}
