import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Supervision } from './supervision.ts'

/**
 * Tells which program of the cluster in `dir` has ended though it should run, with the last lines of
 * its log; undefined when all is well.
 */
export async function crashReport(dir: string, supervision: Supervision): Promise<string | undefined> {
  for (const [program, { exitCode, signal }] of Object.entries(await supervision.status()))
    if (exitCode !== null || signal !== null)
      return `${program} ended with ${signal ?? `code ${exitCode}`}; its last words:\n${lastLines(join(dir, `${program}.log`), 15)}`
  return undefined
}

/** The last lines of each program's log in `dir`, for an error that no single program is to blame for. */
export function lastWords(dir: string): string {
  const logs = readdirSync(dir).filter((name) => name.endsWith('.log') && name !== 'audit.log')
  return logs.map((log) => `${log}:\n${lastLines(join(dir, log), 3)}`).join('\n')
}

function lastLines(file: string, count: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
}
