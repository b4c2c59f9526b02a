import { waitUntil } from '../../cluster/wait-until.ts'
import type { Fault } from '../fault.ts'
import type { Record } from '../record.ts'
import { startApiProxy } from '../rig/api-proxy.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { startSecondServer } from '../rig/second-server.ts'
import { NAMESPACE, type Stage } from '../rig/stage.ts'
import { secondsOf } from '../rig/timing.ts'

const HANDED_OVER = 'handed over, Retry-After 1'

export const startedFirst: Fault = {
  id: 'F27',
  title: 'the server starts while no API server can be reached',
  short: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, namespace } = await stage()
    record.did('API server stopped, server started, API server started')
    await cluster.stopApiServer('SIGKILL')
    await using early = await startSecondServer({ webhook })
    record.is('liveness', (await early.ask('/livez')).status, 200)
    const { status, body } = await early.ask('/readyz?verbose')
    record.is('readiness', status, 503)
    record.holds('readiness says what is missing', /\[-\] cache services: .+/.test(body), body.slice(0, 200))
    for (const appId of ['order', 'f27-unknown'])
      record.is(
        `a review of ${appId}`,
        verdictOf(await early.review('mutate', reviewFor(appId, namespace))),
        HANDED_OVER,
      )
    await cluster.startApiServer()
    const ready = await secondsOf(() =>
      waitUntil('it is ready', async () => (await early.ask('/readyz')).status === 200),
    )
    // the pause between two attempts has grown while nobody answered
    record.atMost('ready after the API server is there', ready, 15 * slack, ' s')
    record.is(
      'then a review',
      verdictOf(await early.review('mutate', reviewFor('order', namespace))),
      'injected',
    )
    record.is('it ends well', await early.stop(), 0)
  },
}

export const halfRead: Fault = {
  id: 'F28',
  title: 'the server starts, and one of the lists does not come for a while',
  short: true,
  async run({ stage }, record) {
    const { webhook, namespace } = await stage()
    await using proxy = await startApiProxy(webhook.kubeconfig)
    for (const resource of ['services', 'daemonsets', 'daprsharedpolicies']) {
      record.did(`the list of ${resource} held back for 4 s, all others answered at once`)
      let held = true
      proxy.delay = ({ path }) => (held && new RegExp(`/${resource}\\?`).test(path) ? 4000 : 0)
      await using server = await startSecondServer({ webhook }, { kubeconfig: proxy.kubeconfig })
      await waitUntil('all else is read', async () => {
        const { body } = await server.ask('/readyz?verbose')
        return body.match(/\[\+\] cache/g)?.length === 8 && body.includes(`[-] cache ${resource}`)
      })
      record.is(`without ${resource}: readiness`, (await server.ask('/readyz')).status, 503)
      for (const appId of ['order', 'f28-unknown'])
        record.is(
          `without ${resource}: a review of ${appId}`,
          verdictOf(await server.review('mutate', reviewFor(appId, namespace))),
          HANDED_OVER,
        )
      held = false
      await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
      record.is(
        `with ${resource}: a review`,
        verdictOf(await server.review('mutate', reviewFor('order', namespace))),
        'injected',
      )
    }
    await withHalfTheRights(await stage(), record)
  },
}

async function withHalfTheRights({ cluster, webhook, namespace }: Stage, record: Record): Promise<void> {
  record.did('a server whose ServiceAccount may read DaemonSets, Deployments and Namespaces alone')
  await cluster.apply(HALF_THE_RIGHTS)
  const kubeconfig = await cluster.createServiceAccountKubeconfig(namespace, 'half')
  await using half = await startSecondServer({ webhook }, { kubeconfig })
  const readiness = await waitUntil('all that it may read is read', async () => {
    const { status, body } = await half.ask('/readyz')
    return (
      status === 503 && body.match(/\[\+\] cache (daemonsets|deployments|namespaces)/g)?.length === 3 && body
    )
  })
  record.holds(
    'readiness says what is forbidden',
    /\[-\] cache services: .*forbidden/.test(readiness),
    readiness,
  )
  for (const appId of ['order', 'f28-unknown'])
    record.is(
      `with half of the rights: a review of ${appId}`,
      verdictOf(await half.review('mutate', reviewFor(appId, namespace))),
      HANDED_OVER,
    )
  record.is('it ends well', await half.stop(), 0)
}

const HALF_THE_RIGHTS = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: half, namespace: ${NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: faults-half}
rules:
  - {apiGroups: [apps], resources: [daemonsets, deployments], verbs: [list, watch]}
  - {apiGroups: [''], resources: [namespaces], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: faults-half}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: faults-half}
subjects: [{kind: ServiceAccount, name: half, namespace: ${NAMESPACE}}]
`

export const shortOfTime: Fault = {
  id: 'F37',
  title: 'the API server waits one second, and a look-up takes longer',
  short: true,
  async run({ slack, stage }, record) {
    const { webhook, namespace } = await stage()
    await using proxy = await startApiProxy(webhook.kubeconfig)
    await using server = await startSecondServer({ webhook }, { kubeconfig: proxy.kubeconfig })
    await waitUntil('it is ready', async () => (await server.ask('/readyz')).status === 200)
    record.did('each read of a namespace held back for 5 s, reviews with ?timeout=1s')
    proxy.delay = ({ path, isWatch }) => (!isWatch && path.includes(`/namespaces/${namespace}/`) ? 5000 : 0)
    await server.review('mutate', reviewFor('order', namespace))
    let verdict = ''
    const seconds = await secondsOf(async () => {
      verdict = verdictOf(await server.review('mutate?timeout=1s', reviewFor('f37-unknown', namespace)))
    })
    record.is('a review that needs a look-up', verdict, HANDED_OVER)
    record.atMost('answered', seconds, 0.9 + 0.2 * (slack - 1), ' s')
    // a loop that is late by itself hands over, too: a busy machine
    await waitUntil('one that needs none is answered', async () => {
      const known = await server.review('mutate?timeout=1s', reviewFor('order', namespace))
      return verdictOf(known) === 'injected'
    })
    record.holds('one that needs none is answered meanwhile', true)
    proxy.delay = () => 0
    await waitUntil(
      'what is missing is refused again',
      async () => verdictOf(await server.review('mutate', reviewFor('f37-unknown', namespace))) === 'missing',
    )
  },
}
