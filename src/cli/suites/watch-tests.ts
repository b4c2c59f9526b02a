import { resolve } from 'node:path'
import { watchPaths, type PathWatch } from '../../state/watch-paths.ts'
import { CommandError, type Io } from '../io.ts'
import type { TestedOnce } from './run-tests.ts'

/**
 * Runs tests again whenever something that they read changes, appears or goes, until Ctrl-C.
 *
 * @param paths where suites are looked for: one that appears is run
 * @returns the exit code of the last run
 */
export async function watchTests(
  testOnce: () => Promise<TestedOnce>,
  { paths, io }: { readonly paths: readonly string[]; readonly io: Io },
): Promise<number> {
  const searched = paths.map((path) => resolve(io.cwd, fixedPart(path)))
  const ended = untilInterrupted()
  let exitCode = 0
  let changed = Promise.withResolvers<'changed'>()
  let watching: PathWatch | undefined
  try {
    for (;;) {
      changed = Promise.withResolvers<'changed'>()
      const ran = await tell(testOnce, io)
      exitCode = ran.exitCode
      const next = await watchPaths({
        paths: [...new Set([...searched, ...ran.touched])],
        onChange: () => changed.resolve('changed'),
        onUnchanged: () => undefined,
      })
      await watching?.[Symbol.asyncDispose]()
      watching = next
      io.err('watching: a change runs the tests again, Ctrl-C ends.\n')
      if ((await Promise.race([changed.promise, ended])) === 'ended') return exitCode
      io.err('\n')
    }
  } finally {
    await watching?.[Symbol.asyncDispose]()
  }
}

/** While somebody is writing, what cannot be run is told, and the next change is waited for. */
async function tell(testOnce: () => Promise<TestedOnce>, io: Io): Promise<TestedOnce> {
  try {
    return await testOnce()
  } catch (error) {
    const expected =
      error instanceof CommandError || (error instanceof Error && error.name === 'UnreadableInput')
    if (!expected) throw error
    io.err(`${error.message}\n`)
    return { exitCode: 2, touched: [] }
  }
}

function untilInterrupted(): Promise<'ended'> {
  const { promise, resolve: end } = Promise.withResolvers<'ended'>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end('ended'))
  return promise
}

function fixedPart(path: string): string {
  const steps = path.split('/')
  const wild = steps.findIndex((step) => /[*?[{]/.test(step))
  return wild < 0 ? path : steps.slice(0, wild).join('/') || '.'
}
