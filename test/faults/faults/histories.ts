import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Fault } from '../fault.ts'

const ROOT = join(import.meta.dirname, '../../..')

export const historiesShuffled: Fault = {
  id: 'F4',
  title: 'events come twice, in another order, or from an older resourceVersion',
  short: false,
  async run(_world, record) {
    const histories = 5000
    record.did(
      `${histories} random histories with duplicates, cuts, garbage and compactions: test/kube/reflector.property.test.ts`,
    )
    record.standIn('an API server in memory: a real one repeats nothing on request')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--project',
        'unit',
        'test/kube/reflector.property.test.ts',
      ],
      { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'], KUBE_HISTORIES: String(histories) } },
    )
    record.is(
      'after each, the state equals that of a fresh list',
      status === 0 ? 'yes' : stdout.slice(-200) + stderr.slice(-200),
      'yes',
    )
  },
}
