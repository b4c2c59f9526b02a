import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthority } from '../../src/certs/authority.ts'
import type { ApiRequest } from '../cluster/api-request.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { runIn } from '../cli/run.ts'
import { startChecked, type CheckedInstallation } from './support/checked/checked-installation.ts'
import { NAME, SYSTEM_NAMESPACE } from './support/installation.ts'
import { instanceObjects } from './support/instances.ts'
import { createAll, deleteAll, mergePatch } from './support/objects.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

interface Item {
  readonly id: string
  readonly level: string
  readonly what: string
  readonly got: string
  readonly cure: string
}

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const MUTATING = `${ADMISSION}/mutatingwebhookconfigurations/${NAME}`
const VALIDATING = `${ADMISSION}/validatingwebhookconfigurations/${NAME}`
const SERVICE = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${NAME}`

describeOnCluster('check --cluster, on an installation behind its Service', (shared) => {
  let installed: CheckedInstallation

  beforeAll(async () => {
    installed = await startChecked(shared)
  })
  afterAll(async () => installed[Symbol.asyncDispose]())

  const check = (
    args: readonly string[],
    kubeconfig = installed.cluster.kubeconfig,
  ): Promise<ProgramResult> =>
    runProgram(['check', '--cluster', `--kubeconfig=${kubeconfig}`, ...args], { cwd: installed.cluster.dir })

  /** What is not fine, and the exit code. */
  const found = async (
    args: readonly string[] = [],
    kubeconfig?: string,
  ): Promise<{ code: number; items: readonly Item[]; told: readonly string[] }> => {
    const where = [`--kubeconfig=${kubeconfig ?? installed.cluster.kubeconfig}`, '-o', 'json']
    const { code, out, err } = await runIn(installed.cluster.dir, ['check', '--cluster', ...where, ...args])
    expect(err).toBe('')
    const { items } = JSON.parse(out) as { items: readonly Item[] }
    // the chart of the instance has defects of its own
    const wrong = items.filter(
      ({ id, level }) => level !== 'ok' && !/^instances\.(defects|security)$/.test(id),
    )
    for (const { cure } of wrong) expect(cure).not.toBe('')
    return { code, items, told: wrong.map(({ id, level }) => `${level} ${id}`) }
  }
  const patchJson = async (path: string, ...operations: readonly object[]): Promise<void> => {
    const { status, body } = await installed.cluster.request('PATCH', path, operations, {
      'content-type': 'application/json-patch+json',
    })
    expect({ status, body }).toMatchObject({ status: 200 })
  }
  /** The API server goes on with the connections that it has until a configuration says something else. */
  const connectAnew = async (): Promise<void> => {
    const value = Buffer.from(`${installed.rendered.caPem}\n`).toString('base64')
    for (const path of [MUTATING, VALIDATING])
      await patchJson(path, { op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value })
  }
  const remove = async (path: string): Promise<void> => {
    expect((await installed.cluster.request('DELETE', path)).status).toBe(200)
  }

  test('finds nothing that fails where all is well, and proves it by a dry run', async () => {
    const { code, items, told } = await found()
    expect({ code, told }).toEqual({ code: 0, told: [] })
    expect(items.find(({ id }) => id === 'dry-run.injection')?.what).toContain('is given shop/order')
  })

  test('tells a person the same, with a sign for each line', async () => {
    const { code, stdout } = await check([])
    expect(code).toBe(0)
    expect(stdout).toContain('  ✓ caBundle verifies the serving certificate\n')
    expect(stdout).toMatch(
      / {2}! namespace shop: .+\n(.+\n)*? {6}cure: .+\n {6}docs\/check\.md#instancesdefects\n/,
    )
    expect(stdout).toMatch(/\d+ fine, \d+ warnings?, 0 failed, 0 unknown\n$/)
  })

  test('names the defects of the chart that the instance has', async () => {
    const { items } = await found(['--no-dry-run'])
    const defects = items.filter(({ id }) => id === 'instances.defects').map(({ what }) => what)
    expect(defects).toEqual([
      expect.stringContaining("copies Sentry's issuer key"),
      expect.stringContaining('write the same ConfigMap'),
      expect.stringContaining('requests no resources'),
    ])
    expect((await check(['--only', 'instances', '--fail-on', 'Warn'])).code).toBe(1)
  })

  test('where a namespace has no instance, a refusal shows that the path works', async () => {
    const { code, items } = await found(['--dry-run-namespace=default', '--only', 'dry-run'])
    expect(code).toBe(0)
    expect(items.map(({ what }) => what)).toEqual([
      expect.stringContaining('refused, as there is no such instance'),
      expect.stringContaining('does not notice us'),
    ])
  })

  describe('broken', () => {
    afterEach(async () => installed.mend())

    test('caBundle was blanked', async () => {
      await patchJson(MUTATING, { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' })
      const { code, told, items } = await found()
      expect({ code, told }).toEqual({
        code: 1,
        told: ['fail certificates.ca-bundle', 'fail dry-run.injection'],
      })
      expect(items.find(({ id }) => id === 'dry-run.injection')?.what).toContain(
        'does not trust the certificate',
      )
    })

    test('caBundle is another CA', async () => {
      const { certPem } = await makeAuthority({ commonName: 'other', now: () => new Date(), days: 10 })
      const value = Buffer.from(certPem).toString('base64')
      for (const [path, count] of [
        [MUTATING, 1],
        [VALIDATING, 2],
      ] as const) {
        const place = (index: number): string => `/webhooks/${index}/clientConfig/caBundle`
        const operations = Array.from({ length: count }, (_, index) => ({
          op: 'replace',
          path: place(index),
          value,
        }))
        await patchJson(path, ...operations)
      }
      expect(await found()).toMatchObject({
        code: 1,
        told: ['warn certificates.ca-expiry', 'fail certificates.chain', 'fail dry-run.injection'],
      })
    })

    test('no endpoint is left', async () => {
      await mergePatch(installed.cluster, SERVICE, {
        spec: { selector: { 'app.kubernetes.io/name': 'somebody-else' } },
      })
      await untilNoEndpoint(installed.cluster.request)
      await connectAnew()
      const { code, told, items } = await found()
      expect({ code, told }).toEqual({
        code: 1,
        told: ['fail installation.service', 'fail installation.endpoints', 'fail dry-run.injection'],
      })
      expect(items.find(({ id }) => id === 'dry-run.injection')?.what).toContain('no ready endpoint')
    })

    test('nobody listens where the Service leads', async () => {
      await mergePatch(installed.cluster, SERVICE, {
        spec: { ports: [{ name: 'admission', port: 443, targetPort: 9, protocol: 'TCP' }] },
      })
      await untilPort(installed.cluster.request, 9)
      await connectAnew()
      const { told, items } = await found()
      expect(told).toEqual(['fail installation.service', 'fail dry-run.injection'])
      expect(items.find(({ id }) => id === 'dry-run.injection')?.what).toContain('nobody listens')
    })

    test('Admissions Enforcer edited a selector', async () => {
      await patchJson(MUTATING, {
        op: 'add',
        path: '/webhooks/0/namespaceSelector/matchExpressions/-',
        value: { key: 'control-plane', operator: 'DoesNotExist' },
      })
      const { code, told, items } = await found()
      expect({ code, told }).toEqual({ code: 0, told: ['warn webhooks.selectors'] })
      expect(items.find(({ id }) => id === 'webhooks.selectors')?.cure).toContain(
        'admissions.enforcer/disabled=true',
      )
      expect((await found(['--fail-on', 'Warn'])).code).toBe(1)
    })

    test('a namespace that must come up without us is served', async () => {
      await patchJson(VALIDATING, { op: 'replace', path: '/webhooks/0/namespaceSelector', value: {} })
      expect(await found()).toMatchObject({ code: 1, told: ['fail webhooks.selectors'] })
    })

    test('matchConditions err for pods that did not ask', async () => {
      await patchJson(MUTATING, {
        op: 'replace',
        path: '/webhooks/0/matchConditions',
        value: [{ name: 'bad', expression: "object.metadata.labels['absent'] == 'x'" }],
      })
      const { code, told } = await found()
      expect(code).toBe(1)
      expect(told).toEqual(['fail webhooks.conditions', 'fail dry-run.injection', 'fail dry-run.plain-pod'])
    })

    test('the configuration is gone, and pods that ask pass', async () => {
      await remove(MUTATING)
      const { code, told } = await found()
      expect({ code, told }).toEqual({
        code: 1,
        told: ['fail webhooks.registered', 'fail dry-run.injection'],
      })
    })

    test('failurePolicy is Ignore while nobody answers: a pod is created as it is', async () => {
      await patchJson(MUTATING, { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' })
      await patchJson(VALIDATING, { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' })
      await mergePatch(installed.cluster, SERVICE, {
        spec: { ports: [{ name: 'admission', port: 443, targetPort: 9, protocol: 'TCP' }] },
      })
      await untilPort(installed.cluster.request, 9)
      await connectAnew()
      const { told, items } = await found()
      expect(told).toEqual([
        'fail installation.service',
        'warn webhooks.failure-policy',
        'fail dry-run.injection',
      ])
      expect(items.find(({ id }) => id === 'dry-run.injection')).toMatchObject({
        what: expect.stringContaining(
          'is created without our variables: mutate.shared.dapr.io was not called',
        ) as unknown,
      })
    })

    test('the rights were taken away', async () => {
      await remove(`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${NAME}`)
      const { code, told, items } = await found(['--no-dry-run'])
      expect(code).toBe(1)
      expect(new Set(told)).toEqual(new Set(['fail access.rights', 'warn access.rights']))
      expect(items.find(({ what }) => what.includes('instances are not known'))?.cure).toContain(
        'kubectl auth can-i list daemonsets.apps -A --as=',
      )
    })

    test('the label guard was deleted', async () => {
      await remove(`${ADMISSION}/validatingadmissionpolicies/dapr-shared-labels`)
      expect(await found()).toMatchObject({ code: 1, told: ['fail webhooks.label-guard'] })
    })

    test('the label guard was switched off by a condition', async () => {
      await patchJson(`${ADMISSION}/validatingadmissionpolicies/dapr-shared-labels`, {
        op: 'add',
        path: '/spec/matchConditions',
        value: [{ name: 'never', expression: 'false' }],
      })
      const { code, told, items } = await found()
      // put back by hand: an apply leaves alone what it never wrote
      await patchJson(`${ADMISSION}/validatingadmissionpolicies/dapr-shared-labels`, {
        op: 'remove',
        path: '/spec/matchConditions',
      })
      expect({ code, told }).toEqual({ code: 1, told: ['fail webhooks.label-guard'] })
      expect(items.find(({ id }) => id === 'webhooks.label-guard')?.what).toContain('matchConditions of')
    })

    test('a kind is not that of this version', async () => {
      await patchJson(
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/daprsharedgrants.shared.dapr.io',
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/more',
          value: { type: 'string' },
        },
      )
      expect(await found(['--no-dry-run'])).toMatchObject({ code: 1, told: ['fail resources.definitions'] })
    })

    test('a policy is stored that means nothing', async () => {
      const { request } = installed.cluster
      const definition =
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/daprsharedpolicies.shared.dapr.io'
      const policies = '/apis/shared.dapr.io/v1alpha1/daprsharedpolicies'
      await patchJson(definition, {
        op: 'replace',
        path: '/spec/versions/0/schema/openAPIV3Schema',
        value: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      })
      const policy = {
        apiVersion: 'shared.dapr.io/v1alpha1',
        kind: 'DaprSharedPolicy',
        metadata: { name: 'odd' },
        spec: { rules: { capacity: { maxPods: 'many' } } },
      }
      await waitUntil('it is stored', async () => {
        const { status } = await request('POST', policies, policy)
        return status === 201
      })
      const { code, told, items } = await found(['--no-dry-run'])
      await remove(`${policies}/odd`)
      expect({ code, told }).toEqual({
        code: 1,
        told: ['fail resources.definitions', 'fail resources.policies'],
      })
      expect(items.find(({ id }) => id === 'resources.policies')?.what).toContain('the policy odd')
    })

    test('the Lease is not renewed any more', async () => {
      const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases/${NAME}`
      await mergePatch(installed.cluster, path, {
        spec: { holderIdentity: 'gone', renewTime: '2020-01-01T00:00:00.000000Z' },
      })
      expect(await found(['--no-dry-run'])).toMatchObject({ code: 0, told: ['warn installation.lease'] })
      await waitUntil('the server has taken it back', async () => {
        const { body } = await installed.cluster.request('GET', path)
        return !JSON.stringify(body).includes('"gone"')
      })
    })

    test('an instance is there twice', async () => {
      const { cluster } = installed
      const twin = instanceObjects('chart-daemonset', 'order', { release: 'twin' }).map((object) =>
        object.kind === 'Service'
          ? { ...object, metadata: { ...object.metadata, name: 'twin-dapr' } }
          : object,
      )
      try {
        await createAll(cluster, 'shop', twin)
        const { code, told } = await found(['--only', 'instances'])
        expect(code).toBe(1)
        expect(new Set(told)).toEqual(new Set(['fail instances.usable']))
      } finally {
        await deleteAll(cluster, 'shop', twin)
      }
    })
  })

  describe('asked by somebody with fewer rights', () => {
    test('what may not be seen is unknown: exit 3, or 0 where that is allowed', async () => {
      const { aliceKubeconfig } = installed.cluster
      const { code, told, items } = await found([], aliceKubeconfig)
      expect(code).toBe(3)
      expect(new Set(told.map((one) => one.split(' ')[0]))).toEqual(new Set(['unknown']))
      expect(items.find(({ id }) => id === 'installation.lease')?.cure).toContain(
        'kubectl auth can-i get leases',
      )
      expect((await found(['--allow-unknown'], aliceKubeconfig)).code).toBe(0)
    })

    test('the rights that docs/check.md lists are enough', async () => {
      const { cluster } = installed
      await cluster.apply(rolesOfTheDocs())
      const kubeconfig = await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, 'checker')
      expect(await found([], kubeconfig)).toMatchObject({ code: 0, told: [] })
    })
  })

  test('a server that is not there: exit 3 with a sentence', async () => {
    const { caFile, dir } = installed.cluster
    const dead = { url: 'https://127.0.0.1:9', caFile, token: 'none', user: 'nobody' }
    const { code, stdout, stderr } = await check([], writeKubeconfig(join(dir, 'dead.kubeconfig'), dead))
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('nothing can be checked')
  })
})

async function untilPort(request: ApiRequest, port: number): Promise<void> {
  await waitUntil('the EndpointSlice leads elsewhere', async () => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices`
    return JSON.stringify((await request('GET', path)).body).includes(`"port":${port}`)
  })
}

async function untilNoEndpoint(request: ApiRequest): Promise<void> {
  await waitUntil('the EndpointSlices are empty', async () => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/endpointslices`
    return !JSON.stringify((await request('GET', path)).body).includes('"addresses"')
  })
}

/** What docs/check.md tells people to apply, so that it is neither too little nor misspelt. */
function rolesOfTheDocs(): string {
  const page = readFileSync(join(import.meta.dirname, '../../docs/check.md'), 'utf8')
  const [, block = ''] = /## Rights[^]*?```yaml\n([^]*?)```/.exec(page) ?? []
  return block
}
