import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import type { Record } from '../record.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import type { Stage } from '../rig/stage.ts'

export const diskFull: Fault = {
  id: 'F17',
  title: 'the disk is full, the file system read-only, the reader of the log gone',
  short: true,
  needs: 'mount',
  async run({ privileges, stage }, record) {
    const shared = await stage()
    if (privileges.has('mount')) {
      const folder = mkdtempSync(join(tmpdir(), 'full-disk-'))
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
      try {
        record.did('working and temporary folder and log on a tmpfs of 64 KiB, filled up')
        writeFileSync(join(folder, 'filled'), 'x'.repeat(60 * 1024))
        const script = `cd ${folder} && TMPDIR=${folder} exec "$@" 2>${folder}/log`
        await livesOn('a full disk', shared, ['bash', '-c', script, 'bash'], record)
        record.did('the same folder mounted read-only')
        spawnSync('mount', ['-o', 'remount,ro', folder])
        await livesOn(
          'a read-only disk',
          shared,
          ['bash', '-c', `cd ${folder} && TMPDIR=${folder} exec "$@"`, 'bash'],
          record,
        )
      } finally {
        spawnSync('umount', [folder])
        rmSync(folder, { recursive: true, force: true })
      }
    } else {
      record.standIn('/dev/full as the log, for a tmpfs of 64 KiB: mounting is not permitted')
    }
    record.did('/dev/full as the log: every line fails with ENOSPC')
    await livesOn('a log that is full', shared, ['bash', '-c', 'exec "$@" 2>/dev/full', 'bash'], record)
    record.did('a pipe without a reader as the log: every line fails with EPIPE')
    await livesOn(
      'a log that nobody reads',
      shared,
      ['bash', '-c', 'exec "$@" 2> >(exec true)', 'bash'],
      record,
    )
  },
}

/** Enough reviews to write more of a log than fits. */
const REVIEWS = 300

async function livesOn(
  name: string,
  { webhook, namespace }: Stage,
  within: readonly string[],
  record: Record,
): Promise<void> {
  await using server = await startSecondServer({ webhook }, { within })
  await waitUntil(`it is ready with ${name}`, async () => (await server.ask('/readyz')).status === 200)
  const verdicts = new Set<string>()
  for (let count = 0; count < REVIEWS; count++)
    verdicts.add(verdictOf(await server.review('mutate', reviewFor('order', namespace))))
  record.is(`with ${name}: reviews`, [...verdicts], ['injected'])
  record.is(`with ${name}: metrics`, (await server.ask('/metrics')).status, 200)
  record.is(`with ${name}: exit code at the end`, await server.stop(), 0)
}
