import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { INSTALL_MANIFEST } from '../../scripts/install-manifest.ts'
import { VERSION } from '../../src/config/version.ts'
import { SERVICE_NAMESPACE } from '../../src/core/vocabulary.ts'
import { accessObjects } from '../../src/install/access.ts'
import { ownLabels } from '../../src/install/names.ts'
import { installObjects } from '../../src/install/render.ts'
import { customResourceDefinitions } from '../../src/policy/crd.ts'

// deploy/install.yaml is the chart with its default values; that it is up to date, an e2e test shows with Helm itself.

const Identity = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })
const keyOf = (object: z.infer<typeof Identity>): string => `${object.kind} ${object.metadata.name}`
const byKey = (objects: readonly unknown[]) =>
  new Map(objects.map((object) => Identity.parse(plain(object))).map((object) => [keyOf(object), object]))
/** As it is sent: without what is undefined. */
const plain = (object: unknown): unknown => JSON.parse(JSON.stringify(object))

const ROOT = resolve(import.meta.dirname, '../..')
const chart = byKey(
  parseAllDocuments(readFileSync(join(ROOT, INSTALL_MANIFEST), 'utf8'), { version: '1.1' }).map(
    (document) => document.toJS() as unknown,
  ),
)
const options = { namespace: SERVICE_NAMESPACE, labels: ownLabels(VERSION) }
const manifests = byKey(
  installObjects({
    ...options,
    version: VERSION,
    image: `dapr-shared-admission:${VERSION}`,
    certificate: { certPem: '', keyPem: '', caPem: '' },
    backstop: false,
    protect: false,
    reviewApi: false,
    definitions: customResourceDefinitions(),
  }),
)

/** Where the two keep the serving certificate. */
const CERTIFICATE_OBJECTS = ['Secret dapr-shared-admission', 'Secret dapr-shared-admission-certificates']
/** Of the chart alone: `manifests` needs no right that they would bring, and knows nothing of the network. */
const CHART_ONLY = ['Lease dapr-shared-admission', 'NetworkPolicy dapr-shared-admission']
/** Those that differ in what is said below. */
const ROLES = ['ClusterRole dapr-shared-admission', 'Role dapr-shared-admission']
const DEPLOYMENT = 'Deployment dapr-shared-admission'
const CONFIGURATIONS = ['Mutating', 'Validating'].map(
  (kind) => `${kind}WebhookConfiguration dapr-shared-admission`,
)
const Probe = z.object({
  httpGet: z.object({ path: z.string() }),
  timeoutSeconds: z.number(),
  failureThreshold: z.number(),
})
const Probes = z.object({ startupProbe: Probe, livenessProbe: Probe, readinessProbe: Probe })
const Probed = z
  .object({
    spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([Probes]) }) }) }),
  })
  .transform(({ spec }) => ({ container: spec.template.spec.containers[0] }))
const SPECIAL = new Set([...CERTIFICATE_OBJECTS, ...CHART_ONLY, ...ROLES, ...CONFIGURATIONS, DEPLOYMENT])

describe('the chart and dapr-shared manifests install the same', () => {
  test('objects', () => {
    const keys = (objects: ReadonlyMap<string, unknown>): string[] =>
      [...objects.keys()].filter((key) => !CERTIFICATE_OBJECTS.includes(key)).toSorted()
    expect(keys(chart)).toEqual([...keys(manifests), ...CHART_ONLY].toSorted())
  })

  test.each([...manifests.keys()].filter((key) => !SPECIAL.has(key)))('%s', (key) => {
    expect(chart.get(key)).toEqual(manifests.get(key))
  })

  test.each(ROLES)('%s, with what certificates of our own need besides', (key) => {
    const builtIn = byKey(accessObjects({ ...options, certificates: { mode: 'built-in' } }))
    expect(chart.get(key)).toEqual(builtIn.get(key))
  })

  test.each(CONFIGURATIONS)('%s, but for caBundle, which is not in the chart', (key) => {
    const { webhooks } = Configuration.parse(manifests.get(key))
    const withoutCa = webhooks.map(({ clientConfig, ...webhook }) => ({
      ...webhook,
      clientConfig: without(clientConfig, 'caBundle'),
    }))
    expect(chart.get(key)).toEqual({ ...manifests.get(key), webhooks: withoutCa })
  })

  test('Deployment, but for its flags, the files of its certificate, and what clusters choose by', () => {
    const [inChart, inManifests] = [chart, manifests].map((objects) => objects.get(DEPLOYMENT))
    expect(comparable(inChart)).toEqual(comparable(inManifests))
  })
})

describe('the probes', () => {
  const { container } = Probed.parse(chart.get(DEPLOYMENT))

  test('mean three things', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)
    expect(paths).toEqual(['/startupz', '/livez', '/readyz'])
  })

  test('take no late answer of a busy replica for its end', () => {
    for (const { timeoutSeconds, failureThreshold } of Object.values(container)) {
      expect(timeoutSeconds).toBeGreaterThanOrEqual(5)
      expect(failureThreshold).toBeGreaterThanOrEqual(2)
    }
  })
})

const Configuration = z.looseObject({
  webhooks: z.array(z.looseObject({ clientConfig: z.looseObject({ caBundle: z.string().optional() }) })),
})

const Deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({})]) }),
    }),
  }),
})

function comparable(object: unknown): object {
  const { spec, ...deployment } = Deployment.parse(object)
  const pod = without(spec.template.spec, 'volumes', 'nodeSelector')
  const container = without(spec.template.spec.containers[0], 'args', 'volumeMounts', 'imagePullPolicy')
  return {
    ...deployment,
    spec: { ...spec, template: { ...spec.template, spec: { ...pod, containers: [container] } } },
  }
}

function without(object: object, ...keys: string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}
