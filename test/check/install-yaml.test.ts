import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { expect, test } from 'vitest'
import { readDeployed } from '../../src/check/deployed.ts'
import type { ClusterFacts, Named } from '../../src/check/facts.ts'
import { rightsOf, tellRight } from '../../src/check/rights.ts'
import { objectOr } from '../../src/core/cluster-facts.ts'
import type { JsonObject } from '../../src/core/pod.ts'
import { listOf, objectsOf } from '../../src/discovery/loose.ts'
import { NAME } from '../../src/install/names.ts'
import { changed, set } from './change.ts'
import { goodFacts, known, NAMESPACE, told, wrongIn } from './made-facts.ts'

/** What the chart renders is what the checks want: deploy/install.yaml is the chart with its default values. */

const objects = parseAllDocuments(
  readFileSync(join(import.meta.dirname, '../../deploy/install.yaml'), 'utf8'),
)
  .map((document) => objectOr(document.toJS()))
  .filter((object) => object['kind'] !== undefined)
const find = (kind: string, name = NAME): JsonObject | undefined =>
  objects.find((one) => one['kind'] === kind && objectOr(one['metadata'])['name'] === name)
const all = (kind: string): [string, Named][] =>
  objects
    .filter((one) => one['kind'] === kind)
    .map((one) => [String(objectOr(one['metadata'])['name']), known<JsonObject | undefined>(one)])

const deployment = changed(find('Deployment') ?? {}, set('/status', { availableReplicas: 2 }))
const deployed = readDeployed(deployment)

const applied: Partial<ClusterFacts> = {
  ownNamespace: known(find('Namespace', NAMESPACE)),
  deployment: known(deployment),
  disruptionBudget: known(find('PodDisruptionBudget')),
  service: known(find('Service')),
  lease: known(find('Lease')),
  mutating: known(find('MutatingWebhookConfiguration')),
  validating: known(find('ValidatingWebhookConfiguration')),
  mutatingConfigurations: known([find('MutatingWebhookConfiguration') ?? {}]),
  admissionPolicies: new Map([
    ...all('ValidatingAdmissionPolicy'),
    ['dapr-shared-backstop', known<JsonObject | undefined>(undefined)],
  ]),
  admissionBindings: new Map(all('ValidatingAdmissionPolicyBinding')),
  certificate: known({ certPem: '' }),
}

test('of a new installation that alone is missing which its first leader writes', () => {
  expect(deployed).toMatchObject({
    tlsMode: 'built-in',
    certificateSecret: 'dapr-shared-admission-certificates',
  })
  const lines = wrongIn(applied, { version: deployed.version })
  expect(told(lines)).toEqual([
    'fail installation.lease',
    'fail certificates.ca-bundle',
    'fail certificates.chain',
  ])
})

test('nothing is wrong with it once that is there, but for the certificate that the made one is not', () => {
  const { lease, mutating, validating, certificate } = goodFacts()
  const bundleOf = (fact: Named): unknown => {
    const [webhook] = objectsOf(fact.known ? fact.value?.['webhooks'] : undefined)
    return objectOr(webhook?.['clientConfig'])['caBundle']
  }
  const withBundle = (kind: string, fact: Named): Named => {
    const object = find(kind) ?? {}
    const places = listOf(object['webhooks']).map((_, index) => `/webhooks/${index}/clientConfig/caBundle`)
    return known(changed(object, ...places.map((place) => set(place, bundleOf(fact)))))
  }
  const written = {
    ...applied,
    lease,
    certificate,
    mutating: withBundle('MutatingWebhookConfiguration', mutating),
    validating: withBundle('ValidatingWebhookConfiguration', validating),
  }
  expect(wrongIn(written, { version: deployed.version })).toEqual([])
})

test('the rights that are asked about are those that it grants', () => {
  const granted = objects
    .filter(
      ({ kind, metadata }) => /^(Cluster)?Role$/.test(String(kind)) && objectOr(metadata)['name'] === NAME,
    )
    .flatMap(({ kind, rules }) =>
      objectsOf(rules).flatMap((rule) =>
        listOf(rule['apiGroups']).flatMap((group) =>
          listOf(rule['resources']).flatMap((resource) =>
            (rule['resourceNames'] === undefined ? [''] : listOf(rule['resourceNames'])).flatMap((name) =>
              listOf(rule['verbs']).map((verb) =>
                [verb, group, resource, name, kind === 'Role' ? NAMESPACE : ''].join(' '),
              ),
            ),
          ),
        ),
      ),
    )
  const asked = rightsOf(NAMESPACE, deployed)
    .filter(({ isNeeded }) => isNeeded)
    .map(({ verb, group, resource, subresource, name, namespace }) =>
      [verb, group, subresource === '' ? resource : `${resource}/${subresource}`, name, namespace].join(' '),
    )
  expect(asked.toSorted()).toEqual(granted.toSorted())
  expect(
    tellRight({
      verb: 'get',
      group: 'apps',
      resource: 'x',
      subresource: '',
      name: '',
      namespace: '',
      isNeeded: true,
    }),
  ).toBe('get x.apps -A')
})
