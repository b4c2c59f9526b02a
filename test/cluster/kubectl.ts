import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface KubectlOptions {
  /** Handed to kubectl as its standard input, for `-f -`. */
  stdin?: string
  as?: 'admin' | 'alice'
  /** Resolve with the exit code instead of throwing when it is not 0. */
  allowFailure?: boolean
}

export interface KubectlResult {
  stdout: string
  stderr: string
  code: number
}

/**
 * Runs kubectl with a kubeconfig. `home` takes its caches, so that it leaves the user's own alone.
 *
 * @throws Error with what kubectl said on stderr, unless `allowFailure`
 */
export async function runKubectl(
  program: string,
  kubeconfig: string,
  home: string,
  args: string[],
  { stdin = '', allowFailure = false }: KubectlOptions,
): Promise<KubectlResult> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig, KUBERC: 'off' },
    stdio: 'pipe',
  })
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject).once('close', (code) => resolve(code ?? 1))
  // kubectl may end before it has read all: that is told by its exit code, not by a broken pipe.
  child.stdin.on('error', () => {}).end(stdin)

  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code !== 0 && !allowFailure)
    throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim() || stdout.trim()}`)
  return { stdout, stderr, code }
}
