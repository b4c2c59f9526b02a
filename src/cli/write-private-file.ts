import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CommandError, type Io } from './io.ts'

const PRIVATE = 0o600

/**
 * Writes a file that its owner alone may read. It appears whole or not at all, over what was there.
 *
 * @param shown the path as the user named it
 * @throws CommandError 2 where it cannot be written
 */
export async function writePrivateFile(shown: string, text: string, { cwd }: Pick<Io, 'cwd'>): Promise<void> {
  const file = resolve(cwd, shown)
  const beside = `${file}.${randomUUID()}.tmp`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeAndSync(beside, text)
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw new CommandError(`${shown}: cannot be written (${(error as Error).message}).`)
  }
}

async function writeAndSync(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', PRIVATE)
  await handle.writeFile(text)
  await handle.sync()
}
