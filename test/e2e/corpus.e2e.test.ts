import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Pod } from '../../src/core/pod.ts'
import type { ApiResponse } from '../cluster/api-request.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { API_SERVER_CASES, API_SERVER_CLUSTER } from '../corpus/api-server-cases.ts'
import { containerEnvironment } from '../corpus/pod-facts.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { create, createNamespace, parseObjects, type KubeObject } from './support/objects.ts'
import { untilReady } from './support/until-ready.ts'

const namespace = 'shop'

describeInstalled('the corpus of bad input through the API server', (cluster) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    const objects = parseObjects(readFileSync(API_SERVER_CLUSTER, 'utf8'))
    const stdin = objects.map((object) => JSON.stringify(asReadyAs(object))).join('\n---\n')
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], { stdin })
    const ready = objects.filter((object) => isWorkload(object) && readyReplicas(object) > 0)
    await waitUntil('the instances are ready', async () => {
      const readiness = await Promise.all(
        ready.map(async ({ apiVersion, kind, metadata }) => {
          const path = `/apis/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s/${metadata.name}`
          return readyReplicas((await cluster.request('GET', path)).body as KubeObject)
        }),
      )
      return readiness.every((replicas) => replicas > 0)
    })
    for (const appId of ['cart', 'billing']) await untilReady(cluster, namespace, appId)
  })

  test.for(API_SERVER_CASES.map((one) => [`row ${one.row}: ${one.name}`, one] as const))(
    '%s',
    async ([, { pod, expected }]) => {
      const answer = await create(
        cluster,
        namespace,
        // a review's object need not say what it is
        { ...(pod as KubeObject), apiVersion: 'v1', kind: 'Pod' },
        { dryRun: true },
      )
      const { allowed, code, rules, message, warnings, injected, env } = expected
      expect(answer.status, messageOf(answer)).toBe(allowed ? 201 : code)
      expect(rulesOf(answer)).toEqual(rules)
      for (const text of message) expect(messageOf(answer)).toContain(text)
      expect(warningsOf(answer)).toEqual(warnings.map((text) => expect.stringContaining(text) as string))
      if (!allowed) return
      const before = containerEnvironment(pod as unknown as Pod)
      const after = containerEnvironment(answer.body as Pod)
      expect(Object.keys(after).filter((name) => !isDeepStrictEqual(before[name], after[name]))).toEqual(
        injected,
      )
      expect(after).toMatchObject(env)
    },
  )

  test('has cases', () => {
    expect(API_SERVER_CASES.length).toBeGreaterThan(50)
  })
})

const WORKLOADS = ['DaemonSet', 'Deployment']

function isWorkload({ kind }: KubeObject): boolean {
  return WORKLOADS.includes(kind)
}

const status = z
  .object({ numberReady: z.number().optional(), readyReplicas: z.number().optional() })
  .optional()

function readyReplicas(object: KubeObject): number {
  const { numberReady, readyReplicas: replicas } = status.parse(object['status']) ?? {}
  return numberReady ?? replicas ?? 0
}

/** The object for a cluster whose controllers write the status themselves: what is not ready fits no node. */
function asReadyAs(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object
  if (!isWorkload(object) || readyReplicas(object) > 0) return rest
  const spec = object['spec'] as { template: { spec: object } }
  const nodeSelector = { 'example.com/node': 'none' }
  return {
    ...rest,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, nodeSelector } } },
  }
}

function messageOf({ body }: ApiResponse): string {
  return z.object({ message: z.string().default('') }).parse(body).message
}

function rulesOf(answer: ApiResponse): string[] {
  return [...messageOf(answer).matchAll(/\[([a-z-]+\.[a-z-]+)\]/g)].map(([, rule = '']) => rule)
}

/** Ours: the API server has warnings of its own, about fields. */
function warningsOf({ headers }: ApiResponse): string[] {
  const all = [headers['warning'] ?? []].flat().join(', ')
  return [...all.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)]
    .map(([, text = '""']) => JSON.parse(text) as string)
    .filter((text) => !text.startsWith('spec.'))
}
