import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ResourceKind } from '../../src/policy/kinds.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { answerTo, toAnswer, type Answer } from './support/answers.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance, instanceObjects } from './support/instances.ts'
import {
  createAll,
  createNamespace,
  mergePatch,
  pathOfAll,
  pathOfPod,
  type KubeObject,
} from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { applyResources, aPolicy, aResource, deleteResources, pathOfResource } from './support/resources.ts'

// instance.in-use: taking away what pods have been given as their endpoint.

const warning = 'e2e-protection'
const denying = 'e2e-protection-deny'
const silent = 'e2e-protection-off'
const RULE = '[instance.in-use]'

const POLICIES: readonly (KubeObject & { kind: ResourceKind })[] = [
  aPolicy('e2e-protection-deny', denying, { rules: { instance: { inUse: 'Deny' } } }),
  aPolicy('e2e-protection-off', silent, { rules: { instance: { inUse: 'Off' } } }),
]
const external = (host: string): object => ({
  external: { httpEndpoint: `https://${host}:443`, grpcEndpoint: `https://${host}:443` },
})

describeInstalled(
  'an instance',
  (cluster) => {
    beforeAll(async () => {
      for (const namespace of [warning, denying, silent]) {
        await createNamespace(cluster, namespace)
        await createInstance(cluster, namespace, 'used')
        await createInstance(cluster, namespace, 'unused')
        await applyResources(cluster, [
          aResource('DaprSharedInstance', namespace, 'outside', {
            appId: 'outside',
            ...external('dapr.example.com'),
          }),
        ])
      }
      await applyResources(cluster, POLICIES)
      for (const namespace of [warning, denying, silent]) {
        for (const appId of ['used', 'outside']) {
          expect((await answerTo(cluster, namespace, aPod(`of-${appId}`, appId))).message).toBe('')
        }
      }
      await waitUntil('the consumers are counted, and the API server asks', async () => {
        const answers = [
          await remove(warning, 'Service', 'used-dapr'),
          await remove(denying, 'DaemonSet', workload('used')),
        ]
        const outside = await remove(denying, 'DaprSharedInstance', 'outside')
        return (
          answers[0]?.warnings.join().includes(RULE) === true &&
          answers[1]?.message.includes(RULE) === true &&
          outside.message.includes(RULE)
        )
      })
    })
    afterAll(() => deleteResources(cluster, POLICIES))

    const workload = (appId: string): string => `${appId}-dapr-shared-chart`
    const at = (namespace: string, kind: string, name: string): string => {
      if (kind === 'DaprSharedInstance') return pathOfResource(kind, namespace, name)
      return `${pathOfAll({ apiVersion: kind === 'Service' ? 'v1' : 'apps/v1', kind }, namespace)}/${name}`
    }
    const dry = '?dryRun=All'
    const remove = async (namespace: string, kind: string, name: string, query = dry): Promise<Answer> =>
      toAnswer(await cluster.request('DELETE', `${at(namespace, kind, name)}${query}`))
    const change = async (
      namespace: string,
      kind: string,
      name: string,
      patch: object,
      query = dry,
    ): Promise<Answer> => toAnswer(await mergePatch(cluster, `${at(namespace, kind, name)}${query}`, patch))

    const PARTS = [
      ['DaemonSet', workload('used')],
      ['Service', 'used-dapr'],
      ['DaprSharedInstance', 'outside'],
    ] as const
    const otherKey = {
      spec: {
        template: {
          spec: { containers: [{ name: 'daprd', image: 'example.test/daprd', args: ['--app-id=renamed'] }] },
        },
      },
    }
    const CHANGES = [
      ['DaemonSet', workload('used'), 'its app-id', otherKey],
      ['Service', 'used-dapr', 'its selector', { spec: { selector: { app: 'other' } } }],
      [
        'Service',
        'used-dapr',
        'its port',
        { spec: { ports: [{ name: 'dapr-http', port: 3600, targetPort: 3500 }] } },
      ],
      ['DaprSharedInstance', 'outside', 'its endpoints', { spec: external('other.example.com') }],
    ] as const

    describe('that is used, without a policy', () => {
      test.for(PARTS)('may lose its %s %s, with a warning', async ([kind, name]) => {
        const { message, warnings } = await remove(warning, kind, name)
        expect(message).toBe('')
        expect(warnings.join()).toContain(`${RULE} ${kind} ${name} is what the instance`)
        expect(warnings.join()).toContain('which 1 pod uses')
      })
      test.for(CHANGES)('may have of its %s %s changed %s, with a warning', async ([kind, name, , patch]) => {
        const { message, warnings } = await change(warning, kind, name, patch)
        expect(message).toBe('')
        expect(warnings.join()).toContain(RULE)
      })
      test('is told of in kubectl, with who uses it', async () => {
        const { stderr } = await cluster.kubectl([
          'delete',
          'service',
          'used-dapr',
          '-n',
          warning,
          '--dry-run=server',
        ])
        expect(stderr).toContain(`Warning: ${RULE}`)
      })
    })

    describe('that is used, where a policy denies it', () => {
      test.for(PARTS)('keeps its %s %s', async ([kind, name]) => {
        const { status, message } = await remove(denying, kind, name)
        expect(status).toBe(403)
        expect(message).toContain(
          `admission webhook "protect.shared.dapr.io" denied the request: ${RULE} ${kind} ${name}`,
        )
        expect(message).toContain('shared.dapr.io/allow-delete: "true"')
      })
      test.for(CHANGES)('keeps of its %s %s %s', async ([kind, name, , patch]) => {
        expect((await change(denying, kind, name, patch)).message).toContain(RULE)
      })
      test('may be changed where its consumers do not mind', async () => {
        const labels = { metadata: { labels: { a: 'b' } } }
        expect(await change(denying, 'Service', 'used-dapr', labels)).toMatchObject({
          message: '',
          warnings: [],
        })
        const image = { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } }
        expect(await change(denying, 'DaemonSet', workload('used'), image)).toMatchObject({
          message: '',
          warnings: [],
        })
      })
      test('may be made one of another strategy: of two workloads of one key one may go', async () => {
        const twin = instanceObjects('chart-deployment', 'used').filter(({ kind }) => kind === 'Deployment')
        await createAll(cluster, denying, twin)
        await waitUntil('the DaemonSet may go', async () => {
          const { message, warnings } = await remove(denying, 'DaemonSet', workload('used'))
          return message === '' && warnings.length === 0
        })
        expect((await remove(denying, 'Service', 'used-dapr')).message).toContain(RULE)
        await cluster.request('DELETE', at(denying, 'Deployment', workload('used')))
        await waitUntil('the DaemonSet must stay again', async () =>
          (await remove(denying, 'DaemonSet', workload('used'))).message.includes(RULE),
        )
      })
      test('goes all the same with the annotation, and a warning', async () => {
        const metadata = { annotations: { 'shared.dapr.io/allow-delete': 'true' } }
        for (const [kind, name] of PARTS) {
          expect((await change(denying, kind, name, { metadata }, '')).message).toBe('')
          const { message, warnings } = await remove(denying, kind, name)
          expect(message).toBe('')
          expect(warnings.join()).toContain(RULE)
        }
        for (const [kind, name] of PARTS)
          await change(
            denying,
            kind,
            name,
            { metadata: { annotations: { 'shared.dapr.io/allow-delete': 'yes' } } },
            '',
          )
        expect((await remove(denying, 'Service', 'used-dapr')).message).toContain(RULE)
      })
      test('goes when nobody uses it any more', async () => {
        await cluster.request('DELETE', `${pathOfPod(denying, 'of-outside')}?gracePeriodSeconds=0`)
        await waitUntil('nobody minds', async () => {
          const { message, warnings } = await remove(denying, 'DaprSharedInstance', 'outside')
          return message === '' && warnings.length === 0
        })
      })
    })

    describe('that nobody uses, or whose policy does not mind', () => {
      test.for([
        [denying, 'DaemonSet', workload('unused')],
        [denying, 'Service', 'unused-dapr'],
        [warning, 'Service', 'unused-dapr'],
        [silent, 'Service', 'used-dapr'],
        [silent, 'DaprSharedInstance', 'outside'],
      ] as const)('goes in silence (%s: %s %s)', async ([namespace, kind, name]) => {
        expect(await remove(namespace, kind, name)).toMatchObject({ message: '', warnings: [] })
      })
    })

    test('is taken away whole with warnings, as helm uninstall does', async () => {
      const all = instanceObjects('chart-daemonset', 'used').map((object) => JSON.stringify(object))
      const { code, stderr } = await cluster.kubectl(['delete', '-n', warning, '--wait=false', '-f', '-'], {
        stdin: all.join('\n---\n'),
        allowFailure: true,
      })
      expect(code).toBe(0)
      expect(stderr).toContain(`Warning: ${RULE}`)
    })

    test('never keeps a namespace from ending', async () => {
      expect((await remove(denying, 'Service', 'used-dapr')).message).toContain(RULE)
      await cluster.request('DELETE', `/api/v1/namespaces/${denying}`)
      await waitUntil('the namespace is gone', async () => {
        const { status } = await cluster.request('GET', `/api/v1/namespaces/${denying}`)
        return status === 404
      })
    })
  },
  undefined,
  ['--protect'],
)
