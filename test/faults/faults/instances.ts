import { waitUntil } from '../../cluster/wait-until.ts'
import { answerTo } from '../../e2e/support/answers.ts'
import { createInstance, instanceObjects } from '../../e2e/support/instances.ts'
import { createAll, createNamespace, type KubeObject } from '../../e2e/support/objects.ts'
import { aPod } from '../../e2e/support/pods.ts'
import type { Fault } from '../fault.ts'
import { askFor } from '../rig/ask.ts'

export const races: Fault = {
  id: 'F32',
  title: 'instances come and go, and their namespace with them, while their pods are created',
  short: false,
  async run({ long, stage }, record) {
    const { cluster, namespace, ask } = await stage()
    const rounds = long ? 100 : 15
    record.did(
      `${rounds} times an instance created, a pod at once, the instance deleted while another pod is created`,
    )
    const first = new Set<string>()
    const during = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const appId = `f32-${round}`
      const instance = await createInstance(cluster, namespace, appId)
      first.add((await ask(appId)).kind)
      const [answer] = await Promise.all([ask(appId), instance.delete()])
      during.add(answer.kind)
      if (answer.kind === 'refused by us')
        record.holds(
          'a refusal says what is so',
          /instance\.(missing|misconfigured)/.test(answer.message),
          answer.message,
        )
    }
    record.is('a pod that came after its instance', [...first], ['injected'])
    const odd = [...during].filter((kind) => kind !== 'injected' && kind !== 'refused by us')
    record.is('a pod while its instance goes: other than injected or refused', odd, [])

    record.did('a namespace deleted while pods are created in it')
    const going = await createNamespace(cluster, 'f32-going')
    await createInstance(cluster, going, 'order')
    await waitUntil('it is used', async () => (await askFor(cluster, going, 'order')).kind === 'injected')
    await cluster.request('DELETE', `/api/v1/namespaces/${going}`)
    const kinds = new Set<string>()
    await waitUntil('it is gone', async () => {
      kinds.add((await askFor(cluster, going, 'order')).kind)
      return (await cluster.request('GET', `/api/v1/namespaces/${going}`)).status === 404
    })
    record.holds('no call failed meanwhile', !kinds.has('failed call'), [...kinds].join(', '))
  },
}

export const notReady: Fault = {
  id: 'F33',
  title: 'an instance is there, and none of it is ready',
  short: false,
  async run({ stage }, record) {
    const { cluster, namespace } = await stage()
    record.did('an instance whose pods fit no node; a pod that asks for it')
    const objects = instanceObjects('chart-deployment', 'f33').map(onNoNode)
    await createAll(cluster, namespace, objects)
    const answer = await waitUntil('it is known', async () => {
      const seen = await answerTo(cluster, namespace, aPod('asking', 'f33'), { dryRun: true })
      return seen.warnings.some((warning) => warning.includes('instance.not-ready')) && seen
    })
    record.is('the pod is created', answer.status, 201)
    record.holds('with a warning', true, answer.warnings.join('; '))
  },
}

function onNoNode(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object
  const spec = object['spec'] as { template: { spec: object } }
  const template = { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { nowhere: 'at-all' } } }
  return { ...object, spec: { ...spec, template } }
}
