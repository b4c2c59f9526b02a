import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { connect } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { signServing } from '../../../src/certs/authority.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { NAME, SYSTEM_NAMESPACE } from '../../e2e/support/installation.ts'
import type { Fault } from '../fault.ts'
import { underLoad } from '../rig/load.ts'
import { secondsOf } from '../rig/timing.ts'
import type { Stage } from '../rig/stage.ts'

const HOSTS = ['127.0.0.1', `${NAME}.${SYSTEM_NAMESPACE}.svc`]
const SECONDS_A_DAY = 86_400

export const leafRotated: Fault = {
  id: 'F7',
  title: 'the serving certificate is replaced again and again, under load',
  short: true,
  async run({ long, slack, stage }, record) {
    const { webhook, ask } = await stage()
    const rounds = long ? 10 : 3
    record.did(`${rounds} new certificates of the same CA put into the files, with 4 callers all the time`)
    const pickUps: number[] = []
    await underLoad(record, ask, async (load) => {
      for (let round = 0; round < rounds; round++) {
        const before = await servedBy(webhook)
        await renew(webhook)
        pickUps.push(
          await secondsOf(() =>
            waitUntil('the new certificate is served', async () => (await servedBy(webhook)) !== before),
          ),
        )
        const answered = load.answered()
        await waitUntil('some calls with it', async () => load.answered() > answered + 20)
      }
    })
    record.atMost('a new certificate is served', Math.max(...pickUps), 1 * slack, ' s')
  },
}

export const leafExpired: Fault = {
  id: 'F9',
  title: 'the serving certificate expires, and is renewed',
  short: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, ask } = await stage()
    record.did('a certificate that ends in 3 s put into the files, and waited until it has ended')
    await renew(webhook, 3 / SECONDS_A_DAY)
    await waitUntil(
      'it is not ready any more',
      async () => (await webhook.server.ask('/readyz')).status === 503,
    )
    const { body } = await webhook.server.ask('/readyz?verbose')
    record.holds('readiness says why', /\[-\] certificate.*expired/.test(body), body)
    // an API server that starts has no connection from before, over which it would go on
    await cluster.stopApiServer('SIGKILL')
    await cluster.startApiServer()
    const seen = await waitUntil('the API server calls again', async () => {
      const answer = await ask()
      return answer.kind !== 'no connection' && answer.kind !== 'API server' && answer
    })
    record.is('a pod that asks', seen.kind, 'failed call')
    record.holds(
      'its user is told that the certificate has expired',
      /expired/.test(seen.message),
      seen.message,
    )
    record.did('a good certificate put into the files')
    await renew(webhook)
    const seconds = await secondsOf(() =>
      waitUntil('it is ready', async () => (await webhook.server.ask('/readyz')).status === 200),
    )
    record.atMost('it is ready again', seconds, 10 * slack, ' s')
    record.did('half of a certificate put into the files, and the whole again')
    const { certFile } = webhook.rendered
    const whole = readFileSync(certFile, 'utf8')
    writeFileSync(certFile, whole.slice(0, whole.length / 2))
    await sleep(1500)
    record.is('with half a certificate the old one goes on', (await ask()).kind, 'injected')
    writeFileSync(certFile, whole)
  },
}

/** Signs a certificate with the installation's CA and puts it in place. */
async function renew({ rendered }: Stage['webhook'], days = 1): Promise<void> {
  const folder = dirname(rendered.certFile)
  const authority = {
    certPem: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    keyPem: readFileSync(join(folder, 'ca.key'), 'utf8'),
  }
  const now = (): Date => new Date()
  const { certPem, keyPem } = await signServing({ authority, hosts: HOSTS, now, days })
  writeFileSync(`${rendered.keyFile}.new`, keyPem, { mode: 0o600 })
  writeFileSync(`${rendered.certFile}.new`, certPem)
  copyFileSync(`${rendered.keyFile}.new`, rendered.keyFile)
  copyFileSync(`${rendered.certFile}.new`, rendered.certFile)
}

/** The fingerprint of the certificate that a new connection is greeted with. */
function servedBy({ port, rendered }: Stage['webhook']): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: rendered.caPem }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}
