import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import { startApiProxy } from '../rig/api-proxy.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import { secondsOf } from '../rig/timing.ts'

const PRELOAD = new URL('../preload/throwing.ts', import.meta.url).href

export const uncaught: Fault = {
  id: 'F34',
  title: 'something in the process throws, and nobody catches it',
  short: true,
  async run({ slack, stage }, record) {
    const { webhook, namespace } = await stage()
    for (const how of ['exception', 'rejection'] as const) {
      record.did(
        `an ${how === 'exception' ? 'error thrown in a timer' : 'unhandled rejection'} in the process, while a review waits for a look-up of 800 ms`,
      )
      await using proxy = await startApiProxy(webhook.kubeconfig)
      await using server = await startSecondServer(
        { webhook },
        { kubeconfig: proxy.kubeconfig, nodeFlags: [`--import=${PRELOAD}`], env: { THROW: how } },
      )
      await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
      proxy.delay = ({ path, isWatch }) => (!isWatch && path.includes(`/namespaces/${namespace}/`) ? 800 : 0)
      const waiting = server
        .review('mutate', reviewFor('f34-unknown', namespace))
        .then(verdictOf, (error: unknown) => `broken off: ${String(error)}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
      server.signal('SIGWINCH')
      const ended = await secondsOf(() => waitUntil('it has ended', async () => server.hasEnded()))
      const verdict = await waiting
      record.holds(
        `${how}: the review under way is answered`,
        verdict === 'missing' || verdict.startsWith('handed over'),
        verdict === 'missing' ? 'refused as missing, as it should be' : verdict,
      )
      record.is(`${how}: exit code`, await server.stop(), 1)
      record.atMost(`${how}: ended`, ended, 5 * slack, ' s')
      record.holds(
        `${how}: the log says what it was`,
        server.log.some(
          ({ level, err }) => level === 'fatal' && JSON.stringify(err).includes('thrown by a test'),
        ),
      )
    }
  },
}
