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
      namespaceSelector: z.object({
        matchExpressions: z.array(z.object({ values: z.array(z.string()) }).loose()),
      }),
    }),
  ),
})

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

  test('has everything, the service before the webhooks that make the API server call it', () => {
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
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

  test('may read what tells of instances, and nothing else', () => {
    expect(one('ClusterRole')).toMatchObject({
      rules: [
        { apiGroups: ['apps'], resources: ['daemonsets', 'deployments'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['services', 'namespaces'], verbs: ['list', 'watch'] },
      ],
    })
  })

  test.each([
    ['MutatingWebhookConfiguration', 'mutate.shared.dapr.io', '/mutate'],
    ['ValidatingWebhookConfiguration', 'validate.shared.dapr.io', '/validate'],
  ])('%s holds what the contract says of %s', (kind, name, path) => {
    const [webhook] = Configuration.parse(one(kind)).webhooks
    expect(webhook).toMatchObject({
      name,
      failurePolicy: 'Fail',
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 5,
    })
    expect(webhook?.clientConfig.service).toMatchObject({ namespace: 'platform', path })
    expect(webhook?.namespaceSelector.matchExpressions[0]?.values).toEqual([
      'kube-system',
      'kube-node-lease',
      'kube-public',
      'platform',
    ])
    expect(webhook?.matchConditions.map((condition) => condition.name)).toEqual(['not-mirror', 'ours'])
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
    const { code, err } = await run(['manifests', ...files()])
    expect(err).toBe('')
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
    ['an odd namespace', () => ['-n', 'A'], /--namespace: wanted the name of a namespace/],
  ])('refuses %s with a sentence', async (_what, args, sentence) => {
    const { code, err, out } = await run(['manifests', ...args()])
    expect(err).toMatch(sentence)
    expect(code).toBe(2)
    expect(out).toBe('')
  })
})
