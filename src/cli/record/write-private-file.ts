import { randomUUID } from 'node:crypto'
import { mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CommandError, type Io } from '../io.ts'

const PRIVATE = 0o600

/**
 * Writes a file that its owner alone may read. It appears whole or not at all, over what was there; a link is followed,
 * and what is no file (a pipe, `/dev/null`) is written to, as it cannot be replaced.
 *
 * @param shown the path as the user named it
 * @throws CommandError 2 where it cannot be written
 */
export async function writePrivateFile(shown: string, text: string, { cwd }: Pick<Io, 'cwd'>): Promise<void> {
  const named = resolve(cwd, shown)
  try {
    const found = await stat(named).catch(() => undefined)
    if (found === undefined || found.isFile()) await replace(await realpath(named).catch(() => named), text)
    else await writeFile(named, text)
  } catch (error) {
    throw new CommandError(`${shown}: cannot be written (${(error as Error).message}).`)
  }
}

async function replace(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${randomUUID()}.tmp`
  try {
    await writeAndSync(beside, text)
    await rename(beside, file)
  } finally {
    await rm(beside, { force: true })
  }
}

async function writeAndSync(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', PRIVATE)
  await handle.writeFile(text)
  await handle.sync()
}
