import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KINDS, isResourceKind } from '../../src/policy/kinds.ts'
import { testsIn } from '../suite/a-bench.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import type { KubeObject } from './support/objects.ts'
import { runProgram } from './support/run-program.ts'
import { envOf, listPods, storedPod, type StoredPod } from './support/pods.ts'

// The worked examples, applied with kubectl: their pods get the answers that stand beside them. Off a cluster:
// test/docs/policy-examples.test.ts.

const ROOT = resolve(import.meta.dirname, '../../deploy/examples/policies')
const STAGED = 'roll-out'
const AT_ONCE = readdirSync(ROOT).filter((folder) => folder !== STAGED)

/** The files of an example but its workloads and its answers. */
const clusterFiles = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.dapr-shared-test.yaml'))
    .map((name) => join(ROOT, folder, name))

const objectsOf = (file: string): KubeObject[] =>
  parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject)

describeInstalled('the examples of policies', (cluster) => {
  const applied: string[] = []

  const apply = async (...files: string[]): Promise<void> => {
    for (const file of files) await cluster.kubectl(['apply', '-f', file])
    applied.push(...files)
    const objects = files.flatMap(objectsOf)
    await Promise.all(objects.map((object) => untilSeen(cluster, object)))
  }
  afterAll(async () => {
    for (const file of applied) {
      await cluster.kubectl(['delete', '--ignore-not-found', '--wait=false', '-f', file])
    }
  })

  describe.each(AT_ONCE)('%s', async (folder) => {
    beforeAll(async () => {
      const files = clusterFiles(folder)
      // namespaces first, as a person would
      await apply(...files.filter((file) => file.endsWith('instances.yaml')))
      await apply(...files.filter((file) => !file.endsWith('instances.yaml')))
    })

    const cases = await testsIn(join(ROOT, folder, 'answers.dapr-shared-test.yaml'))
    const asWritten = cases.filter(({ testState }) => testState === undefined)

    test.for(asWritten.map((one) => [one.name, one] as const))('%s', async ([, one]) => {
      const { allowed, findings = [], env = {} } = one.expect
      const answer = await answerTo(cluster, join(ROOT, folder, one.request.object as string))
      const rules = (action: string) =>
        findings.flatMap((finding) => (finding.action === action ? (finding.rule ?? []) : []))

      expect(answer.message === '', answer.message).toBe(allowed)
      expect(rulesIn(answer.message)).toEqual(rules('Deny').slice(0, rulesIn(answer.message).length))
      for (const rule of [...rules('Deny'), ...rules('Warn')].slice(0, 1))
        expect(answer.told).toContain(`[${rule}]`)
      for (const [container, variables] of Object.entries(env)) {
        expect(variablesOf(answer.pod, container)).toMatchObject(variables)
      }
    })
  })

  describe(STAGED, () => {
    const at = (name: string): string => join(ROOT, STAGED, name)
    const search = at('workloads/search.yaml')
    const cart = at('workloads/cart.yaml')
    const RULE = '[strategy.not-allowed]'
    beforeAll(async () => apply(at('instances.yaml')))

    test('Audit: pods are admitted, and who applies a workload is told', async () => {
      await apply(at('1-audit.yaml'))
      const { message, told } = await answerTo(cluster, search)
      expect(message).toBe('')
      expect(told).toContain(`Warning: ${RULE}`)
    })

    test('Warn: pods are admitted with a warning', async () => {
      await apply(at('2-warn.yaml'))
      expect((await answerTo(cluster, search)).message).toBe('')
      const { stderr, code } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
        stdin: JSON.stringify(aPodOf(search)),
      })
      expect(code).toBe(0)
      expect(stderr).toContain(`Warning: ${RULE}`)
    })

    test('Deny: pods are refused, but for those that are right', async () => {
      await apply(at('3-deny.yaml'))
      expect((await answerTo(cluster, search)).message).toContain(RULE)
      expect((await answerTo(cluster, cart)).message).toContain(RULE)
      expect((await answerTo(cluster, at('workloads/catalog.yaml'))).message).toBe('')
    })

    test('an exception admits its workload, and no other', async () => {
      const [exception] = objectsOf(at('exception.yaml'))
      const soon = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString()
      const spec = z.looseObject({ expiresAt: z.string() }).parse(exception?.['spec'])
      const stdin = JSON.stringify({ ...exception, spec: { ...spec, expiresAt: soon } })
      await cluster.kubectl(['apply', '-f', '-'], { stdin })
      if (exception !== undefined) await untilSeen(cluster, exception)

      expect((await answerTo(cluster, cart)).message).toBe('')
      expect((await answerTo(cluster, search)).message).toContain(RULE)
    })

    test('review says the same of the cluster, of a dump of it, and of a policy that is handed in', async () => {
      const everything = 'dapr-shared,namespace,daemonset,deployment,service'
      const dump = (await cluster.kubectl(['get', everything, '-n', 'storefront', '-o', 'yaml'])).stdout
      const ask = (...args: string[]): ReturnType<typeof runProgram> =>
        runProgram(['review', '-f', search, ...args], { cwd: ROOT, stdin: dump })
      const onCluster = ['--cluster', '--kubeconfig', cluster.kubeconfig]

      const answers = await Promise.all([
        ask('--state', '-'),
        ask(...onCluster),
        ask(...onCluster, '-f', at('1-audit.yaml')),
      ])
      expect(answers.map(({ code }) => code)).toEqual([1, 1, 0])
      for (const { stdout } of answers.slice(0, 2)) expect(stdout).toContain(`Deny ${RULE} (daemonsets-only)`)
    })

    test('kubectl tells of the policy what the guide says', async () => {
      const { stdout } = await cluster.kubectl(['get', 'dsp', 'daemonsets-only'])
      expect(stdout).toMatch(/NAME +ACTIONS +ACCEPTED +READY +AGE\ndaemonsets-only +\["Deny"\] +True +True/)
      expect((await cluster.request('GET', '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies')).status).toBe(
        200,
      )
    })
  })
})

const withGenerations = z.looseObject({
  metadata: z.looseObject({ generation: z.number() }),
  status: z.looseObject({ observedGeneration: z.number().optional() }).optional(),
})

/** Resolves when the service says of one of our kinds that it knows this version of it, and instances are ready. */
async function untilSeen(
  cluster: TestCluster,
  { kind, metadata: { name = '', namespace } }: KubeObject,
): Promise<void> {
  if (kind === 'DaemonSet' || kind === 'Deployment') {
    const object = `${kind.toLowerCase()}/${name}`
    await cluster.kubectl(['rollout', 'status', object, '-n', namespace ?? '', '--timeout=90s'])
    return
  }
  if (!isResourceKind(kind)) return
  const { plural } = KINDS[kind]
  const path = `/apis/shared.dapr.io/v1alpha1/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}/${name}`
  await waitUntil(`the service knows ${kind} ${name}`, async () => {
    const { metadata, status } = withGenerations.parse((await cluster.request('GET', path)).body)
    return status?.observedGeneration === metadata.generation
  })
}

interface Answer {
  /** what kubectl printed beside its result */
  readonly told: string
  /** why the pod is not there; empty where it is */
  readonly message: string
  readonly pod: StoredPod | undefined
}

const withConditions = z.looseObject({
  status: z.looseObject({
    conditions: z
      .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string() }))
      .default([]),
  }),
})

/** What becomes of the pod of a workload, or of a pod, that is applied anew. */
async function answerTo(cluster: TestCluster, file: string): Promise<Answer> {
  const [object] = objectsOf(file)
  const { name = '', namespace = '' } = object?.metadata ?? {}
  await cluster.kubectl(['delete', '--ignore-not-found', '--cascade=foreground', '-f', file])
  const { code, stderr: told } = await cluster.kubectl(['apply', '-f', file], { allowFailure: true })
  if (object?.kind === 'Pod') {
    if (code !== 0) return { told, message: told, pod: undefined }
    const { body } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/${name}`)
    return { told, message: '', pod: storedPod.parse(body) }
  }
  expect(code, told).toBe(0)
  return waitUntil(`the pod of ${namespace}/${name} is there, or refused`, async () => {
    const [pod] = await listPods(cluster, namespace, `app=${name}`)
    if (pod !== undefined) return { told, message: '', pod }
    const { body } = await cluster.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
    const { conditions } = withConditions.parse(body).status
    const failure = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    return failure !== undefined && { told, message: failure.message, pod: undefined }
  })
}

/** The pod that a Deployment's controller would create, as one that a person makes. */
function aPodOf(file: string): object {
  const [deployment] = objectsOf(file)
  const { template } = z
    .object({ template: z.looseObject({ metadata: z.looseObject({}), spec: z.looseObject({}) }) })
    .loose()
    .parse(deployment?.['spec'])
  const { namespace } = deployment?.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: 'by-hand', namespace },
    spec: template.spec,
  }
}

function rulesIn(message: string): string[] {
  return [...message.matchAll(/\[([a-z-]+\.[a-z-]+)\]/g)].map(([, rule = '']) => rule)
}

/** As `review` tells them. */
function variablesOf(pod: StoredPod | undefined, container: string): Record<string, string> {
  const reference = z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) })
  const variables = pod === undefined ? [] : envOf(pod, container)
  return Object.fromEntries(
    variables.map(({ name, value, valueFrom }) => {
      const { data } = reference.safeParse(valueFrom)
      return [
        name,
        value ?? (data && `secretKeyRef:${data.secretKeyRef.name}/${data.secretKeyRef.key}`) ?? '',
      ]
    }),
  )
}
