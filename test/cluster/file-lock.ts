import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const sqliteBusy = 5

/**
 * Runs `work` while this process alone holds the lock of `file`; others wait for their turn.
 *
 * The lock is SQLite's own on an empty database: the kernel holds it, so the lock of an owner that
 * crashed is free at once and no rule about old lock files is needed.
 *
 * @param onWait told once, when the lock is held by someone else
 */
export async function withFileLock<Result>(
  file: string,
  work: () => Promise<Result>,
  onWait: () => void,
): Promise<Result> {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    if (!tryLock(database)) {
      onWait()
      do await sleep(250)
      while (!tryLock(database))
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false
    throw error
  }
}
