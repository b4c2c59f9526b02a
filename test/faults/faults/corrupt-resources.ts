import { API_VERSION } from '../../../src/policy/kinds.ts'
import { waitUntil } from '../../cluster/wait-until.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { create } from '../../e2e/support/objects.ts'
import { aPod } from '../../e2e/support/pods.ts'
import { aPolicy, applyResources, deleteResources } from '../../e2e/support/resources.ts'
import type { Fault } from '../fault.ts'
import { writeToEtcd, type Stored } from '../rig/etcd-writes.ts'

const FOLDER = '/registry/shared.dapr.io/daprsharedpolicies'

export const corruptResources: Fault = {
  id: 'F24',
  title: 'resources in etcd are not what the API server would ever have taken',
  short: true,
  async run({ stage }, record) {
    const { cluster, webhook, namespace, ask } = await stage()
    const policies = (): Promise<number> => webhook.metric('dapr_shared_policies')
    const strict = aPolicy('f24-good', namespace, {
      match: { objectSelector: { matchLabels: { policy: 'f24' } } },
      rules: { strategies: { allowed: ['Deployment'] } },
    })
    await applyResources(cluster, [strict])
    const isRefused = async (): Promise<boolean> => {
      const pod = aPod('asking', 'order', { labels: { policy: 'f24' } })
      const { body } = await create(cluster, namespace, pod, { dryRun: true })
      return /\[(strategy\.not-allowed|policy\.invalid)\]/.test(JSON.stringify(body))
    }
    await waitUntil('the good policy is kept', isRefused)

    const corrupt = corruptPolicies(namespace)
    record.did(`written straight to etcd, one after the other: ${Object.keys(corrupt).join('; ')}`)
    for (const [index, [name, entry]] of Object.entries(corrupt).entries()) {
      const known = await webhook.metric('dapr_shared_instances')
      await writeToEtcd(cluster.etcdUrl, [entry])
      await waitUntil('the policy is counted', async () => (await policies()) === 2)
      const { kind, message } = await ask()
      // a policy of which nobody can tell what it governs stands in the way of all, by its name
      const named = kind === 'refused by us' && message.includes(`[policy.invalid] policy ${nameOf(entry)}`)
      record.holds(
        `with ${name}: a pod is injected, or refused by its name`,
        kind === 'injected' || named,
        kind,
      )
      record.holds(`with ${name}: what the good policy refuses is refused`, await isRefused())
      await createInstance(cluster, namespace, `f24-${index}`)
      await waitUntil(
        'a new instance is known',
        async () => (await webhook.metric('dapr_shared_instances')) > known,
      )
      record.is(`with ${name}: readiness`, (await webhook.server.ask('/readyz')).status, 200)
      await writeToEtcd(cluster.etcdUrl, [{ key: entry.key, value: undefined }])
      await waitUntil('it is gone', async () => (await policies()) === 1)
    }
    await waitUntil('a pod is injected', async () => (await ask()).kind === 'injected')
    record.holds('afterwards the good policy is kept', await isRefused())
    await deleteResources(cluster, [strict])
    await waitUntil('and goes', async () => !(await isRefused()))
  },
}

function nameOf({ key }: Stored): string {
  return key.slice(FOLDER.length + 1)
}

function corruptPolicies(namespace: string): Readonly<Record<string, Stored>> {
  const match = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }
  const labelled = { ...match, objectSelector: { matchLabels: { policy: 'corrupt' } } }
  const policy = (name: string, rest: object): Stored => ({
    key: `${FOLDER}/${name}`,
    value: JSON.stringify({
      apiVersion: API_VERSION,
      kind: 'DaprSharedPolicy',
      metadata: { name, uid: `00000000-0000-4000-8000-${name.length.toString().padStart(12, '0')}` },
      ...rest,
    }),
  })
  return {
    'a spec that is a text': policy('f24-text', { spec: 'all' }),
    'no spec at all': policy('f24-nothing', {}),
    'rules of other types': policy('f24-types', {
      spec: { match: labelled, rules: { strategies: 7, capacity: { maxPods: 'many' } } },
    }),
    'a selector that is none': policy('f24-selector', {
      spec: { match: { namespaceSelector: { matchExpressions: 5 } }, rules: [] },
    }),
    'a text of 1 MiB': policy('f24-huge', {
      spec: { match: labelled, rules: {}, padding: 'x'.repeat(1024 * 1024) },
    }),
    'keys of the prototype': policy('f24-proto', {
      spec: JSON.parse(
        `{"match":${JSON.stringify(labelled)},"__proto__":{"rules":{}},"constructor":{"prototype":{}}}`,
      ) as object,
    }),
  }
}
