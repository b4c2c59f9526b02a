import { waitUntil } from '../../cluster/wait-until.ts'
import { DEFINITIONS, OWN_DEFINITIONS } from '../../e2e/support/definitions.ts'
import { NAME, SYSTEM_NAMESPACE } from '../../e2e/support/installation.ts'
import { createInstance } from '../../e2e/support/instances.ts'
import { create } from '../../e2e/support/objects.ts'
import { aPod } from '../../e2e/support/pods.ts'
import { aPolicy, applyResources, deleteResources } from '../../e2e/support/resources.ts'
import { mayDo, serviceAccount } from '../../e2e/support/rights.ts'
import { untilWatched } from '../../e2e/support/until-watched.ts'
import { KINDS, RESOURCE_KINDS } from '../../../src/policy/kinds.ts'
import type { Fault } from '../fault.ts'
import { underLoad } from '../rig/load.ts'
import { reviewFor, verdictOf } from '../rig/reviews.ts'
import { secondsOf } from '../rig/timing.ts'

export const definitionsRemoved: Fault = {
  id: 'F25',
  title: 'the CustomResourceDefinitions are removed and come back, under load',
  short: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, namespace, ask } = await stage()
    const strict = aPolicy('f25', namespace, {
      match: { objectSelector: { matchLabels: { policy: 'f25' } } },
      rules: { strategies: { allowed: ['Deployment'] } },
    })
    const isRefused = async (): Promise<boolean> => {
      const pod = aPod('asking', 'order', { labels: { policy: 'f25' } })
      const { body } = await create(cluster, namespace, pod, { dryRun: true })
      return JSON.stringify(body).includes('[strategy.not-allowed]')
    }
    await applyResources(cluster, [strict])
    await waitUntil('the policy is kept', isRefused)
    record.did('all four definitions deleted, waited until their policies are gone, and applied again')
    await underLoad(record, ask, async () => {
      for (const kind of RESOURCE_KINDS)
        await cluster.request('DELETE', `${DEFINITIONS}/${KINDS[kind].plural}.shared.dapr.io`)
      const gone = await secondsOf(() =>
        waitUntil('the policy is forgotten', async () => !(await isRefused()), { timeout: 120_000 }),
      )
      record.atMost('a policy without a definition is forgotten', gone, 60 * slack, ' s')
      record.is('readiness without definitions', (await webhook.server.ask('/readyz')).status, 200)
      await cluster.apply(OWN_DEFINITIONS)
      await waitUntil('the definitions are served', async () => {
        const { status } = await cluster.request('GET', '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies')
        return status === 200
      })
      await waitUntil('the policy can be made', async () => {
        const { status } = await cluster.request(
          'POST',
          '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies',
          strict,
        )
        return status === 201 || status === 409
      })
      const back = await secondsOf(() => waitUntil('it is kept again', isRefused, { timeout: 120_000 }))
      record.atMost('a policy is kept after the definitions came back', back, 30 * slack, ' s')
    })
    await deleteResources(cluster, [strict])
  },
}

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'

export const rightsRemoved: Fault = {
  id: 'F26',
  title: 'the rights of the service are taken away and given back',
  short: true,
  async run({ slack, stage }, record) {
    const { cluster, webhook, wire, namespace, ask } = await stage()
    const { body } = await cluster.request('GET', `${BINDINGS}/${NAME}`)
    const { apiVersion, kind, roleRef, subjects } = body as Record<string, unknown>
    const refusals = (): number =>
      webhook.server.log.filter(({ reason }) => String(reason).startsWith('403 Forbidden')).length
    const before = refusals()
    record.did('its ClusterRoleBinding deleted and all connections broken: lists and watches get 403')
    await cluster.request('DELETE', `${BINDINGS}/${NAME}`)
    const service = serviceAccount(SYSTEM_NAMESPACE, NAME)
    await waitUntil(
      'the authorizer has heard of it',
      async () => !(await mayDo(cluster, service, { verb: 'watch', resource: 'services' })),
    )
    wire.interrupt()
    await waitUntil('watches are refused', async () => refusals() > before)
    // no earlier: a watch that is still open brings it
    await createInstance(cluster, namespace, 'f26-new')
    record.is('what is known is served', (await ask()).kind, 'injected')
    const unknown = await webhook.server.review('mutate', reviewFor('f26-new', namespace))
    record.is('what is not known is never called missing', verdictOf(unknown), 'handed over, Retry-After 1')
    record.is('readiness', (await webhook.server.ask('/readyz')).status, 200)
    await cluster.request('POST', BINDINGS, { apiVersion, kind, roleRef, subjects, metadata: { name: NAME } })
    const back = await secondsOf(() => untilWatched(webhook, namespace, 'f26-new'))
    record.atMost('what is new is seen after the rights came back', back, 60 * slack, ' s')
  },
}
