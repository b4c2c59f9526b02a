import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import type { Fault } from '../fault.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'

const PRELOAD = new URL('../preload/no-dns.ts', import.meta.url).href

export const dnsDown: Fault = {
  id: 'F18',
  title: 'no DNS server answers',
  short: true,
  needs: 'mount',
  async run({ privileges, stage }, record) {
    const { cluster, webhook, namespace } = await stage()
    const empty = join(mkdtempSync(join(tmpdir(), 'no-dns-')), 'resolv.conf')
    writeFileSync(empty, '')
    const real = privileges.has('mount')
    if (real) record.did('a server started in a mount namespace in which /etc/resolv.conf is empty')
    else record.standIn('a resolver within the process that fails every look-up: mounting is not permitted')
    const script = `mount --bind ${empty} /etc/resolv.conf && exec "$@"`
    await using server = await startSecondServer(
      { webhook },
      real ? { within: ['unshare', '-m', 'sh', '-c', script, 'sh'] } : { nodeFlags: [`--import=${PRELOAD}`] },
    )
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    record.is(
      'a known instance',
      verdictOf(await server.review('mutate', reviewFor('order', namespace))),
      'injected',
    )
    await createInstance(cluster, namespace, 'f18-new')
    record.is(
      'one that has just come',
      verdictOf(await server.review('mutate', reviewFor('f18-new', namespace))),
      'injected',
    )
    record.is(
      'one that is missing',
      verdictOf(await server.review('mutate', reviewFor('f18-none', namespace))),
      'missing',
    )
    record.is('it ends well', await server.stop(), 0)
  },
}
