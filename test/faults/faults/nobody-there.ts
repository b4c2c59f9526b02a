import { parseAllDocuments } from 'yaml'
import { findFreePorts } from '../../cluster/free-ports.ts'
import { startCluster } from '../../cluster/start.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import {
  NAME,
  pointConfigurationsAt,
  removeConfigurations,
  renderInstall,
  SYSTEM_NAMESPACE,
} from '../../e2e/support/installation.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { create, createNamespace, type KubeObject } from '../../e2e/support/objects.ts'
import { aPod, aTemplate, waitForPods } from '../../e2e/support/pods.ts'
import { startServer } from '../../e2e/support/server-process.ts'
import type { Fault } from '../fault.ts'
import { askFor } from '../rig/ask.ts'
import { secondsOf } from '../rig/timing.ts'

const RESTRICTED = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'app',
      image: 'example.test/app',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
}

export const nobodyThere: Fault = {
  id: 'F29',
  title: 'no server is up',
  short: false,
  newServer: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, namespace, ask } = await stage()
    record.did('the only server stopped; pods of all sorts created by hand and by controllers')
    await webhook.server.stop()

    const template = (labels: Record<string, string>): object => aTemplate(undefined, { labels })
    const workload = (apiVersion: string, kind: string, name: string, spec: object): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name },
      spec: { selector: { matchLabels: { app: name } }, template: template({ app: name }), ...spec },
    })
    const plain: KubeObject[] = [
      aPod('f29-plain', undefined),
      aPod('f29-odd', undefined, { annotations: { 'Dapr.io/shared': 'order', 'dapr.io/app-id': 'x' } }),
      workload('apps/v1', 'Deployment', 'f29-deployment', {}),
      workload('apps/v1', 'DaemonSet', 'f29-daemonset', {}),
      workload('apps/v1', 'StatefulSet', 'f29-statefulset', { serviceName: 'none' }),
    ]
    const statuses = await Promise.all(
      plain.map(async (object) => (await create(cluster, namespace, object)).status),
    )
    record.is('who did not ask is created', [...new Set(statuses)], [201])
    for (const name of ['f29-deployment', 'f29-daemonset', 'f29-statefulset'])
      await waitForPods(cluster, namespace, `app=${name}`)
    record.holds('and controllers make their pods', true)
    for (const excluded of ['kube-system', SYSTEM_NAMESPACE]) {
      const { status } = await create(cluster, excluded, aPod('f29-asks', 'order', RESTRICTED), {
        dryRun: true,
      })
      record.is(`a pod in ${excluded}, even if it asks`, status, 201)
    }
    const own = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${NAME}`
    record.is("the service's own Deployment is there", (await cluster.request('GET', own)).status, 200)
    await waitForPods(cluster, SYSTEM_NAMESPACE, 'app.kubernetes.io/name=dapr-shared-admission', { count: 2 })
    record.holds('and its own pods are made', true)

    const asking = await ask()
    record.is('who asked', asking.kind, 'failed call')
    record.holds('is told by which webhook', asking.message.includes('mutate.shared.dapr.io'), asking.message)
    await create(cluster, namespace, {
      ...workload('apps/v1', 'Deployment', 'f29-waits', {}),
      spec: {
        selector: { matchLabels: { app: 'f29-waits' } },
        template: aTemplate('order', { labels: { app: 'f29-waits' } }),
      },
    })
    record.did('the server started again')
    await webhook.start()
    const seconds = await secondsOf(() => waitForPods(cluster, namespace, 'app=f29-waits'))
    record.atMost('what waited is made by its controller', seconds, 60 * slack, ' s')
  },
}

export const installedInAnyOrder: Fault = {
  id: 'F30',
  title: 'the installation is applied in a bad order',
  short: false,
  async run({ assets, slack }, record) {
    record.did(
      'webhook configurations applied first, then everything else backwards, each until it is taken; then the server',
    )
    await using cluster = await startCluster({ assets })
    const rendered = await renderInstall(cluster)
    const [port = 0] = await findFreePorts(1)
    const documents = parseAllDocuments(rendered.yaml).map((document) => document.toJS() as KubeObject)
    const isConfiguration = ({ kind }: KubeObject): boolean => kind.endsWith('WebhookConfiguration')
    const apply = (object: KubeObject): Promise<void> => cluster.apply(JSON.stringify(object))
    for (const object of documents.filter(isConfiguration)) await apply(object)
    await pointConfigurationsAt(cluster, port)
    await createNamespace(cluster, 'faults')
    await createInstance(cluster, 'faults', 'order')

    const plain = await create(cluster, 'faults', aPod('plain', undefined))
    record.is('a pod that does not ask, before anything else is there', plain.status, 201)
    await waitUntil(
      'a pod that asks waits',
      async () => (await askFor(cluster, 'faults', 'order')).kind === 'failed call',
    )
    record.holds('a pod that asks waits', true)
    let left = documents.filter((object) => !isConfiguration(object)).toReversed()
    const rounds = await (async () => {
      for (let round = 1; ; round++) {
        const refused: KubeObject[] = []
        for (const object of left) await apply(object).catch(() => refused.push(object))
        if (refused.length === 0) return round
        if (round > 20) throw new Error(`not taken: ${refused.map(({ kind }) => kind).join(', ')}`)
        left = refused
      }
    })()
    record.atMost('rounds until all of it is taken', rounds, 5)
    const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME)
    const server = await startServer({ ...rendered, kubeconfig, port })
    const seconds = await secondsOf(() =>
      waitUntil(
        'a pod is injected',
        async () => (await askFor(cluster, 'faults', 'order')).kind === 'injected',
      ),
    )
    record.atMost('a pod that asks is injected', seconds, 10 * slack, ' s')
    record.is('the server ends well', await server.stop(), 0)
  },
}

export const namespaceDeleted: Fault = {
  id: 'F31',
  title: 'the namespace of the service is deleted while no server is up',
  short: true,
  spoils: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, namespace, ask } = await stage()
    await create(cluster, namespace, aPod('f31-injected', 'order'))
    record.did('server killed; its namespace deleted, and one with injected pods; then the configurations')
    await webhook.server.stop('SIGKILL')
    const gone = async (name: string): Promise<number> => {
      await cluster.request('DELETE', `/api/v1/namespaces/${name}`)
      return secondsOf(() =>
        waitUntil(
          `${name} is gone`,
          async () => (await cluster.request('GET', `/api/v1/namespaces/${name}`)).status === 404,
          { timeout: 180_000 },
        ),
      )
    }
    record.atMost('its own namespace is gone', await gone(SYSTEM_NAMESPACE), 60 * slack, ' s')
    await createNamespace(cluster, 'f31-other')
    record.is(
      'a pod that does not ask',
      (await create(cluster, 'f31-other', aPod('plain', undefined))).status,
      201,
    )
    record.is('a pod that asks', (await ask()).kind, 'failed call')
    record.atMost('a namespace with injected pods is gone', await gone(namespace), 60 * slack, ' s')
    await removeConfigurations(cluster)
    await waitUntil('pods that ask are created after the configurations are gone', async () => {
      return (await create(cluster, 'f31-other', aPod('asks', 'order'), { dryRun: true })).status === 201
    })
    record.holds('pods that ask are created after the configurations are gone', true)
  },
}
