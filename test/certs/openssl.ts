import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { TestContext } from 'vitest'

const run = promisify(execFile)

// Version 3, since older ones (and LibreSSL, which macOS calls openssl) cannot sign with `req -CA`.
const present = await run('openssl', ['version']).then(
  ({ stdout }) => /^OpenSSL [3-9]/.test(stdout),
  () => false,
)

/** Runs openssl in a folder and answers its output; without openssl the test is skipped, saying what then goes unchecked. */
export async function openssl(test: TestContext, folder: string, args: string[]): Promise<string> {
  test.skip(
    !present,
    'no OpenSSL 3 on this machine: only node:crypto and the TLS handshakes check certificates',
  )
  const { stdout } = await run('openssl', args, { cwd: folder })
  return stdout
}
