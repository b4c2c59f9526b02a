import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { run } from '../cli/run.ts'

const KubeObject = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
const Configuration = z.looseObject({
  webhooks: z.array(
    z.looseObject({
      name: z.string(),
      failurePolicy: z.string(),
      sideEffects: z.string(),
      timeoutSeconds: z.number(),
      clientConfig: z.object({
        caBundle: z.string(),
        service: z.object({ namespace: z.string(), path: z.string() }).loose(),
      }),
      matchConditions: z.array(z.object({ name: z.string(), expression: z.string() })),
      rules: z.array(z.looseObject({ operations: z.array(z.string()), resources: z.array(z.string()) })),
      namespaceSelector: z.object({
        matchExpressions: z.array(z.object({ values: z.array(z.string()) }).loose()),
      }),
    }),
  ),
})

const Policy = z.object({
  spec: z.object({ matchConstraints: z.object({ resourceRules: z.array(z.unknown()) }) }),
})
const DECISIVE = { failurePolicy: 'Fail', timeoutSeconds: 5 }
const DISPENSABLE = { failurePolicy: 'Ignore', timeoutSeconds: 3 }

function objectsOf(yaml: string) {
  return parseAllDocuments(yaml).map((document) => KubeObject.parse(document.toJS()))
}

describe('dapr-shared manifests', () => {
  let objects: ReturnType<typeof objectsOf>
  const one = (kind: string) => objects.find((object) => object.kind === kind)

  beforeAll(async () => {
    const { out, code } = await run([
      'manifests',
      '--image',
      'registry.example/admission:1',
      '--namespace',
      'platform',
    ])
    expect(code).toBe(0)
    objects = objectsOf(out)
  })

  test('has everything, the kinds before who watches them, the service before the webhooks that make the API server call it', () => {
    expect(objects.map(({ kind }) => kind)).toEqual([
      ...Array<string>(4).fill('CustomResourceDefinition'),
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
      'Role',
      'RoleBinding',
      ...Array<string>(5).fill('ClusterRole'),
      'Secret',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicyBinding',
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
    ])
  })

  test.each([
    ['MutatingWebhookConfiguration', 0, 'mutate.shared.dapr.io', '/mutate', DECISIVE],
    ['ValidatingWebhookConfiguration', 0, 'validate.shared.dapr.io', '/validate', DECISIVE],
    ['ValidatingWebhookConfiguration', 1, 'workloads.shared.dapr.io', '/workloads', DISPENSABLE],
  ])('%s holds at %i what the contract says of %s', (kind, index, name, path, weight) => {
    const webhook = Configuration.parse(one(kind)).webhooks[index]
    expect(webhook).toMatchObject({ name, ...weight, sideEffects: 'NoneOnDryRun' })
    expect(webhook?.clientConfig.service).toMatchObject({ namespace: 'platform', path })
    expect(webhook?.namespaceSelector.matchExpressions[0]?.values).toEqual([
      'kube-system',
      'kube-node-lease',
      'kube-public',
      'platform',
    ])
  })

  test('asks about no more than that unless told to', () => {
    expect(Configuration.parse(one('ValidatingWebhookConfiguration')).webhooks).toHaveLength(2)
  })

  test('advises on every kind that makes pods and that people write', () => {
    const [, workloads] = Configuration.parse(one('ValidatingWebhookConfiguration')).webhooks
    expect(workloads?.rules).toMatchObject(
      [
        ['apps', ['deployments', 'statefulsets', 'daemonsets', 'replicasets']],
        ['batch', ['jobs', 'cronjobs']],
        ['serving.knative.dev', ['services']],
      ].map(([group, resources]) => ({
        apiGroups: [group],
        apiVersions: ['v1'],
        resources,
        operations: ['CREATE', 'UPDATE'],
      })),
    )
  })

  test('guards our labels on every way to a pod', () => {
    const guard = Policy.parse(objects.find(({ metadata }) => metadata.name === 'dapr-shared-labels'))
    expect(guard.spec.matchConstraints.resourceRules).toMatchObject([
      { operations: ['UPDATE'], resources: ['pods', 'pods/status'] },
      { operations: ['CREATE'], resources: ['pods/binding', 'bindings'] },
    ])
  })

  test('sorts before the sidecar injector, so that it runs before it', () => {
    expect((one('MutatingWebhookConfiguration')?.metadata.name ?? 'z') < 'dapr-sidecar-injector').toBe(true)
  })

  test('the made certificate is for the Service, signed by the CA of the webhooks', () => {
    const secret = z.object({ stringData: z.object({ 'tls.crt': z.string() }).loose() }).parse(one('Secret'))
    const leaf = new X509Certificate(secret.stringData['tls.crt'])
    const [webhook] = Configuration.parse(one('MutatingWebhookConfiguration')).webhooks
    const ca = new X509Certificate(Buffer.from(webhook?.clientConfig.caBundle ?? '', 'base64'))
    expect(leaf.checkHost('dapr-shared-admission.platform.svc')).toBe('dapr-shared-admission.platform.svc')
    expect(leaf.verify(ca.publicKey)).toBe(true)
  })

  test("the CA's private key is nowhere in it", () => {
    expect(JSON.stringify(objects).match(/PRIVATE KEY-----/g)).toHaveLength(2)
  })
})

describe('dapr-shared manifests --protect', () => {
  test('asks before an instance is taken away, but keeps nobody waiting for it', async () => {
    const { out } = await run(['manifests', '--protect'])
    const configuration = objectsOf(out).find(({ kind }) => kind === 'ValidatingWebhookConfiguration')
    const protect = Configuration.parse(configuration).webhooks[2]
    expect(protect).toMatchObject({ name: 'protect.shared.dapr.io', ...DISPENSABLE })
    expect(protect?.clientConfig.service.path).toBe('/protect')
    expect(protect?.rules.map(({ operations, resources }) => [operations, resources])).toEqual(
      [['daemonsets', 'deployments'], ['services'], ['daprsharedinstances']].map((resources) => [
        ['UPDATE', 'DELETE'],
        resources,
      ]),
    )
  })
})

describe('dapr-shared manifests --backstop', () => {
  test('brings the policy with its binding, and asks the webhook about no pod twice', async () => {
    const { out } = await run(['manifests', '--backstop', '-n', 'platform'])
    const objects = objectsOf(out)
    expect(
      objects.filter(({ metadata }) => metadata.name === 'dapr-shared-backstop').map(({ kind }) => kind),
    ).toEqual(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
    const [validate] = Configuration.parse(
      objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration'),
    ).webhooks
    expect(validate?.rules.map(({ operations }) => operations)).toEqual([['UPDATE']])
  })
})

describe('dapr-shared manifests with own certificates', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dapr-shared-certs-'))
    const { code } = await run(['certs', '--out', folder])
    expect(code).toBe(0)
  })
  afterAll(() => rm(folder, { recursive: true }))
  const files = () => [
    '--ca',
    join(folder, 'ca.crt'),
    '--tls-cert',
    join(folder, 'tls.crt'),
    '--tls-key',
    join(folder, 'tls.key'),
  ]

  test('takes what `certs` made', async () => {
    const { code, err } = await run(['manifests', '--image', 'registry.example/admission:1', ...files()])
    expect(err).toBe('')
    expect(code).toBe(0)
  })

  test('says that no registry has the image that nobody named', async () => {
    const { code, err, out } = await run(['manifests', ...files()])
    expect(err).toMatch(/--image was left out: .* which no registry has/)
    expect(out).toContain('image: dapr-shared-admission:')
    expect(code).toBe(0)
  })

  test.each([
    'admission',
    'localhost:5000/admission',
    'ghcr.io/acme/dapr__shared/admission-webhook:0.1.0',
    `registry.example/admission@sha256:${'a'.repeat(64)}`,
    `registry.example/admission:1@sha256:${'a'.repeat(64)}`,
  ])('takes the image %s', async (image) => {
    const { code, out } = await run(['manifests', '--image', image, ...files()])
    expect(out).toContain(`image: ${image}\n`)
    expect(code).toBe(0)
  })

  test.each([
    ['one of three', () => files().slice(0, 2), /belong together/],
    ['a file that is not there', () => files().with(1, '/nope/ca.crt'), /\/nope\/ca\.crt: cannot be read/],
    [
      'a certificate for another host',
      () => [...files(), '-n', 'elsewhere'],
      /is not for the host dapr-shared-admission\.elsewhere\.svc/,
    ],
    ['a key that is none', () => files().with(5, join(folder, 'ca.crt')), /key/],
    ['a namespace of the system', () => ['-n', 'kube-system'], /kube-system is not for us/],
    ['the default namespace', () => ['-n', 'default'], /default is not for us/],
    ['no image', () => ['--image', ''], /--image: wanted the name of an image, .* got ""/],
    ['an image that is none', () => ['--image', 'foo bar'], /--image: wanted .* got "foo bar"/],
    ['an image of two tags', () => ['--image', 'reg/x:1.2:0.1.0'], /--image: wanted/],
    ['an image in capitals', () => ['--image', 'reg.example/Admission'], /--image: wanted/],
    ['an odd namespace', () => ['-n', 'A'], /--namespace: wanted the name of a namespace/],
  ])('refuses %s with a sentence', async (_what, args, sentence) => {
    const { code, err, out } = await run(['manifests', ...args()])
    expect(err).toMatch(sentence)
    expect(code).toBe(2)
    expect(out).toBe('')
  })
})
