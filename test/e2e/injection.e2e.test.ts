import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  injectedWith,
  injectionOf,
  knownInstance,
  labelsFor,
  statusFor,
  variablesFor,
} from './support/expected.ts'
import { createInstance } from './support/instances.ts'
import { describeInstalled } from './support/describe-installed.ts'
import {
  create,
  createAll,
  createNamespace,
  mergePatch,
  pathOfAll,
  pathOfPod,
  type KubeObject,
} from './support/objects.ts'
import { aPod, aTemplate, readPod, storedPod, waitForPods, type StoredPod } from './support/pods.ts'

const namespace = 'e2e-injection'
const order = knownInstance(namespace, 'order')
const billing = knownInstance(namespace, 'billing', { strategy: 'deployment' })

describeInstalled('injection', (cluster, webhook) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await createInstance(cluster, namespace, 'billing', { shape: 'chart-deployment' })
  })

  /** The pod as the API server would keep it, without keeping it. */
  async function dryRun(pod: KubeObject): Promise<StoredPod> {
    const { status, body } = await create(cluster, namespace, pod, { dryRun: true })
    expect(status, JSON.stringify(body)).toBe(201)
    return storedPod.parse(body)
  }

  describe('of pods by whoever makes them', () => {
    const own = [
      { name: 'ORDERS_URL', value: '$(DAPR_HTTP_ENDPOINT)/v1.0/invoke/order/method' },
      { name: 'EMPTY_ONE' },
      { name: 'POD_IP', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'status.podIP' } } },
    ]
    const containers = [{ name: 'app', image: 'example.test/app', env: own }]
    const template = (kind: string, spec: object = {}): object =>
      aTemplate('order', { labels: { app: kind }, containers, ...spec })
    const selector = (kind: string): object => ({ matchLabels: { app: kind } })
    const job = { template: template('CronJob', { restartPolicy: 'Never' }) }
    const workloads: Record<string, { apiVersion: string; spec: object; phase?: string; count?: number }> = {
      Deployment: {
        apiVersion: 'apps/v1',
        spec: { replicas: 2, selector: selector('Deployment'), template: template('Deployment') },
        count: 2,
      },
      ReplicaSet: {
        apiVersion: 'apps/v1',
        spec: { selector: selector('ReplicaSet'), template: template('ReplicaSet') },
      },
      StatefulSet: {
        apiVersion: 'apps/v1',
        spec: { replicas: 2, selector: selector('StatefulSet'), template: template('StatefulSet') },
        count: 2,
      },
      DaemonSet: {
        apiVersion: 'apps/v1',
        spec: { selector: selector('DaemonSet'), template: template('DaemonSet') },
        count: 2,
      },
      ReplicationController: { apiVersion: 'v1', spec: { template: template('ReplicationController') } },
      Job: {
        apiVersion: 'batch/v1',
        spec: { template: template('Job', { restartPolicy: 'Never' }) },
        phase: 'Succeeded',
      },
      CronJob: {
        apiVersion: 'batch/v1',
        spec: { schedule: '* * * * *', jobTemplate: { spec: job } },
        phase: 'Succeeded',
      },
    }
    const written = Object.entries(workloads).map(([kind, { apiVersion, spec }]) => ({
      apiVersion,
      kind,
      metadata: { name: kind.toLowerCase() },
      spec,
    }))

    beforeAll(async () => {
      await createAll(cluster, namespace, written)
      // as if it had last run long ago: its controller makes up for that at once, instead of at the next minute
      const path = `${pathOfAll({ apiVersion: 'batch/v1', kind: 'CronJob' }, namespace)}/cronjob/status`
      const lastScheduleTime = new Date(Date.now() - 150_000).toISOString().replace(/\.\d+/, '')
      const { status } = await mergePatch(cluster, path, { status: { lastScheduleTime } })
      expect(status).toBe(200)
    })

    test.for(Object.entries(workloads))('%s', async ([kind, { phase = 'Running', count = 1 }]) => {
      const pods = await waitForPods(cluster, namespace, `app=${kind}`, { phase, count })
      for (const pod of pods) expect(injectionOf(pod)).toEqual(injectedWith(order, own))
    })

    test('and leaves the workloads themselves as they were written', async () => {
      for (const workload of written) {
        const { body } = await cluster.request(
          'GET',
          `${pathOfAll(workload, namespace)}/${workload.metadata.name}`,
        )
        expect(body).toMatchObject({ spec: workload.spec })
        expect(JSON.stringify(body)).not.toMatch(/shared\.dapr\.io|shared-status/)
      }
    })

    test('a Job completes, and a rollout goes through', async () => {
      await cluster.kubectl(['wait', '--for=condition=Complete', 'job/job', '-n', namespace, '--timeout=30s'])
      await cluster.kubectl(['rollout', 'restart', 'deployment/deployment', '-n', namespace])
      await cluster.kubectl(['rollout', 'status', 'deployment/deployment', '-n', namespace, '--timeout=60s'])
    })

    test('a bare Pod', async () => {
      expect(await create(cluster, namespace, aPod('bare', 'order', { containers }))).toMatchObject({
        status: 201,
      })
      expect(injectionOf(await readPod(cluster, namespace, 'bare'))).toEqual(injectedWith(order, own))
    })

    test('a bare Pod that is named by the API server', async () => {
      const { metadata, spec } = aTemplate('billing', { containers })
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, generateName: 'generated-' },
        spec,
      }
      const { body } = await create(cluster, namespace, pod)
      const { name } = storedPod.parse(body).metadata
      expect(name).toMatch(/^generated-.{5}$/)
      expect(injectionOf(await readPod(cluster, namespace, name))).toEqual(injectedWith(billing, own))
    })

    test('a Pod of kubectl run and of kubectl create', async () => {
      const args = ['-n', namespace, '--annotations=dapr.io/shared=billing', '--image=example.test/app']
      await cluster.kubectl(['run', 'run', ...args])
      const ran = await readPod(cluster, namespace, 'run')
      expect(injectionOf(ran)).toMatchObject({
        labels: labelsFor(billing),
        env: { run: variablesFor(billing) },
      })

      const stdin = JSON.stringify(aPod('created', 'billing'))
      await cluster.kubectl(['create', '-n', namespace, '-f', '-'], { stdin })
      expect(injectionOf(await readPod(cluster, namespace, 'created'))).toEqual(injectedWith(billing))
    })
  })

  describe('of containers', () => {
    const container = (name: string, more: object = {}): object => ({
      name,
      image: 'example.test/x',
      ...more,
    })
    const many = {
      initContainers: [
        container('migrate'),
        container('istio-init'),
        container('cache', { restartPolicy: 'Always', env: [{ name: 'SIZE', value: '1' }] }),
      ],
      containers: [container('app'), container('istio-proxy'), container('worker')],
    }
    const ours = variablesFor(order)

    test('init containers and native sidecars too, but not the sidecars of other systems', async () => {
      const pod = await dryRun(aPod('many', 'order', many))
      expect(injectionOf(pod)).toEqual({
        labels: labelsFor(order),
        status: statusFor(order, ['app', 'worker', 'migrate', 'cache']),
        env: {
          migrate: ours,
          'istio-init': [],
          cache: [...ours, { name: 'SIZE', value: '1' }],
          app: ours,
          'istio-proxy': [],
          worker: ours,
        },
      })
    })

    test('only those that dapr.io/shared-containers names', async () => {
      const annotations = { 'dapr.io/shared-containers': 'istio-proxy,migrate' }
      const { env } = z
        .object({ env: z.record(z.string(), z.array(z.unknown())) })
        .parse(injectionOf(await dryRun(aPod('many', 'order', { ...many, annotations }))))
      expect(env).toEqual({
        migrate: ours,
        'istio-init': [],
        cache: [{ name: 'SIZE', value: '1' }],
        app: [],
        'istio-proxy': ours,
        worker: [],
      })
    })

    test('all but those that dapr.io/shared-exclude-containers names', async () => {
      const annotations = { 'dapr.io/shared-exclude-containers': 'worker,cache,nobody' }
      const pod = await dryRun(aPod('many', 'order', { ...many, annotations }))
      expect(injectionOf(pod)).toMatchObject({ status: statusFor(order, ['app', 'migrate']) })
    })
  })

  test('touches nothing else of a pod', async () => {
    const rich = {
      labels: { app: 'rich', 'example.com/with.dots_and-dashes': '' },
      annotations: {
        'example.com/a_b': 'tilde',
        note: 'line one\nline two \u2713',
        'example.com/a': '{"b":1}',
      },
      restartPolicy: 'OnFailure',
      terminationGracePeriodSeconds: 7,
      hostAliases: [{ ip: '192.0.2.1', hostnames: ['a.example.com'] }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      securityContext: {
        runAsUser: 1000,
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
      ],
      volumes: [
        { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
        {
          name: 'odd',
          csi: { driver: 'csi.example.com', volumeAttributes: { __proto__of: 'x', constructor: 'y' } },
        },
      ],
      containers: [
        {
          name: 'app',
          image: 'example.test/app@sha256:0000000000000000000000000000000000000000000000000000000000000000',
          command: ['sh', '-c', 'echo "$(DAPR_HTTP_ENDPOINT)"'],
          env: [{ name: 'WITH_QUOTES', value: `'"\\ ~ / \u2028` }],
          envFrom: [{ prefix: 'X_', configMapRef: { name: 'settings', optional: true } }],
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
          lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          tty: true,
        },
      ],
    }
    const injected = await dryRun(aPod('rich', 'order', rich))
    expect(injectionOf(injected)).toEqual(injectedWith(order, rich.containers[0]?.env))
    const untouched = await dryRun(aPod('rich', undefined, rich))
    expect(comparable(withoutInjection(injected))).toEqual(comparable(untouched))
  })

  test('gives the same answer to kubectl --dry-run=server as for good, and leaves no trace', async () => {
    const pod = aPod('dry', 'order', {
      containers: [{ name: 'app', image: 'a', env: [{ name: 'A', value: 'b' }] }],
    })
    const findings = (): Promise<number> => webhook().metric('dapr_shared_findings_total')
    const dryRuns = (): Promise<number> =>
      webhook().metric('dapr_shared_admission_requests_total', { dry_run: 'true' })
    const before = { findings: await findings(), dryRuns: await dryRuns() }
    const stdin = JSON.stringify(pod)
    const args = ['create', '-n', namespace, '-f', '-']
    const { stdout, stderr } = await cluster.kubectl([...args, '--dry-run=server', '-o', 'json'], { stdin })
    expect(stderr).toBe('')
    expect((await cluster.request('GET', pathOfPod(namespace, 'dry'))).status).toBe(404)
    expect(await findings()).toBe(before.findings)
    // both webhooks were asked, and say so
    expect(await dryRuns()).toBe(before.dryRuns + 2)

    await cluster.kubectl(args, { stdin })
    const dry = storedPod.parse(JSON.parse(stdout))
    const stored = await readPod(cluster, namespace, 'dry')
    expect(injectionOf(stored)).toEqual(injectionOf(dry))
    expect(injectionOf(dry)).toEqual(injectedWith(order, [{ name: 'A', value: 'b' }]))
    expect(await findings()).toBeGreaterThan(before.findings)
    expect(await dryRuns()).toBe(before.dryRuns + 2)
  })
})

/** The pod as it would be without us. */
function withoutInjection(pod: StoredPod): StoredPod {
  const { labels, annotations } = pod.metadata
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: omit(labels, (key) => key.startsWith('shared.dapr.io/')),
      annotations: omit(annotations, (key) => key.startsWith('dapr.io/shared')),
    },
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((container) => ({
        ...container,
        env: container.env?.filter(({ name }) => !name.startsWith('DAPR_')),
      })),
    },
  }
}

function omit(map: Record<string, string>, isOmitted: (key: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !isOmitted(key)))
}

/** Without what differs between two creations of one pod: identity, times, and the name of the token's volume. */
function comparable({ spec, metadata: { labels, annotations } }: StoredPod): unknown {
  const text = JSON.stringify({ spec, labels, annotations })
  return JSON.parse(text.replaceAll(/kube-api-access-\w{5}/g, 'kube-api-access'))
}
