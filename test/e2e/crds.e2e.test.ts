import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ApiResponse } from '../cluster/api-request.ts'
import type { TestCluster } from '../cluster/attach.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { isObject, type JsonObject } from '../../src/core/pod.ts'
import { CRD_FOLDER } from '../../src/policy/crd-files.ts'
import { isResourceKind, KINDS, RESOURCE_KINDS } from '../../src/policy/kinds.ts'
import { isProblems, readResource } from '../../src/policy/read-resource.ts'
import { INVALID_RESOURCES } from '../policy/invalid-resources.ts'
import { mutations } from '../policy/mutations.ts'
import { NAMESPACE, policy } from '../policy/resource-case.ts'
import { VALID_RESOURCES } from '../policy/valid-resources.ts'
import { createNamespace, mergePatch } from './support/objects.ts'

/** The CRDs alone: nothing of ours runs here, and bad resources are refused all the same. */

const folder = resolve(import.meta.dirname, '../..', CRD_FOLDER)
const manifests = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))

const pathOf = ({ kind, metadata }: JsonObject): string => {
  if (!isResourceKind(kind)) throw new Error(`no kind of ours: ${String(kind)}`)
  const { plural, scope } = KINDS[kind]
  const namespace = isObject(metadata) && scope === 'Namespaced' ? `namespaces/${NAMESPACE}/` : ''
  return `/apis/shared.dapr.io/v1alpha1/${namespace}${plural}`
}

const post = ({ request }: TestCluster, object: JsonObject, query = 'dryRun=All'): Promise<ApiResponse> =>
  request('POST', `${pathOf(object)}?fieldValidation=Strict&${query}`, object)

const messageOf = ({ body }: ApiResponse): string =>
  isObject(body) && typeof body['message'] === 'string' ? body['message'] : ''

describeOnCluster('the CRDs', (cluster) => {
  beforeAll(async () => {
    await cluster.apply(manifests.join('---\n'))
    await createNamespace(cluster, NAMESPACE)
    for (const kind of RESOURCE_KINDS) {
      await waitUntil(`${kind} is served`, async () => {
        const { status } = await cluster.request('GET', pathOf({ kind, metadata: {} }))
        return status === 200
      })
    }
  })

  describe('refuse', () => {
    test.each(INVALID_RESOURCES)('$name', async ({ object, at }) => {
      const answer = await post(cluster, object)
      expect([400, 422], messageOf(answer)).toContain(answer.status)
      expect(messageOf(answer)).toContain(at)
    })

    test('an unknown version', async () => {
      const object = { ...policy('{}'), apiVersion: 'shared.dapr.io/v1beta1' }
      expect(await post(cluster, object)).toMatchObject({ status: 400 })
    })

    test('a misspelt field that kubectl was told not to mind, where it would leave a match of everything', async () => {
      const { code, stderr } = await cluster.kubectl(['create', '--validate=ignore', '-f', '-'], {
        stdin: JSON.stringify(policy('{match: {namespaceSelectr: {}}}', { name: 'misspelt' })),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toContain('spec.match in body should have at least 1 properties')
    })

    test('a misspelt field in a server-side apply', async () => {
      const { code, stderr } = await cluster.kubectl(['apply', '--server-side', '-f', '-'], {
        stdin: JSON.stringify(policy('{validationAction: [Warn]}', { name: 'misspelt' })),
        allowFailure: true,
      })
      expect(code).toBe(1)
      expect(stderr).toContain('.spec.validationAction: field not declared in schema')
    })
  })

  describe('take', () => {
    test.each(VALID_RESOURCES)('$name', async ({ object }) => {
      const answer = await post(cluster, object, '')
      expect(answer, messageOf(answer)).toMatchObject({ status: 201 })
      const { metadata } = object
      await cluster.request(
        'DELETE',
        `${pathOf(object)}/${isObject(metadata) ? String(metadata['name']) : ''}`,
      )
    })
  })

  test('judge as our own reader does, whatever becomes of a good resource', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...VALID_RESOURCES).chain(({ object }) => mutations(object)),
        async (object) => {
          const ours = readResource(object)
          const theirs = await post(cluster, object)
          const taken = theirs.status === 201
          if (taken === isProblems(ours))
            throw new Error(
              `the API server says ${theirs.status} ${messageOf(theirs)}, our reader ${JSON.stringify(ours)}`,
            )
        },
      ),
      { numRuns: 400 },
    )
  })

  test('fill in what a policy leaves open, and only that', async () => {
    expect(await post(cluster, policy('{}'))).toMatchObject({
      body: { spec: { validationActions: ['Deny'], failurePolicy: 'Fail', priority: 0 } },
    })
    const rules =
      '{instance: {minReadyReplicas: 2}, locality: {}, crossNamespace: {}, identity: {}, sidecar: {}, security: {mtls: Off}}'
    const { body } = await post(cluster, policy(`{defaults: {skipContainers: [a]}, rules: ${rules}}`))
    expect(body).toMatchObject({ spec: expect.anything() as unknown })
    expect(isObject(body) ? body['spec'] : body).toEqual({
      validationActions: ['Deny'],
      failurePolicy: 'Fail',
      priority: 0,
      defaults: { skipContainers: ['a'] },
      rules: {
        instance: { minReadyReplicas: 2, inUse: 'Warn' },
        locality: { node: 'Any' },
        crossNamespace: { mode: 'RequireGrant' },
        identity: { unlisted: 'Deny' },
        sidecar: { conflict: 'Deny' },
        security: { mtls: 'Off' },
      },
    })
    const inUse = await post(cluster, policy('{rules: {instance: {inUse: Deny}}}'))
    expect(inUse.body).toMatchObject({ spec: { rules: { instance: { inUse: 'Deny' } } } })
    expect(JSON.stringify(inUse.body)).not.toContain('minReadyReplicas":')
  })

  describe('for people', () => {
    beforeAll(async () => {
      const own = VALID_RESOURCES.filter(({ name }) =>
        ['the policy of the reference', 'a grant', 'an exception', 'an instance with a token'].includes(name),
      )
      for (const { object } of own) expect(await post(cluster, object, '')).toMatchObject({ status: 201 })
      const conditions = ['Accepted', 'Ready'].map((type) => ({
        type,
        status: 'True',
        reason: 'Read',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }))
      const instances = `${pathOf({ kind: 'DaprSharedInstance', metadata: {} })}/orders/status`
      for (const path of ['/apis/shared.dapr.io/v1alpha1/daprsharedpolicies/prod/status', instances]) {
        const status = { observedGeneration: 1, conditions }
        expect(await mergePatch(cluster, path, { status })).toMatchObject({ status: 200 })
      }
      await mergePatch(cluster, instances, { status: { consumers: { pods: 12, workloads: 3 } } })
      return async () => {
        for (const { object } of own) {
          const { metadata } = object
          await cluster.request(
            'DELETE',
            `${pathOf(object)}/${isObject(metadata) ? String(metadata['name']) : ''}`,
          )
        }
      }
    })

    const lines = async (...args: string[]): Promise<string[]> =>
      (await cluster.kubectl([...args, '-n', NAMESPACE])).stdout.trim().split('\n')

    test.each([
      ['dsp', ['NAME', 'ACTIONS', 'ACCEPTED', 'READY', 'AGE'], /^prod +\["Deny"\] +True +True +/],
      ['dsg', ['NAME', 'APP IDS', 'FROM', 'AGE'], /^orders +\["orders","pay-\*","\*"\] +shop +/],
      ['dsx', ['NAME', 'REASON', 'EXPIRES', 'AGE'], /^cart +Moves in January +2027-01-31T00:00:00Z +/],
      [
        'dsi',
        ['NAME', 'HTTP ENDPOINT', 'ACCEPTED', 'CONSUMERS', 'AGE'],
        /^orders +https:\/\/http-prj1\.api\.cloud\.diagrid\.io:443 +True +12 +/,
      ],
    ] as const)('kubectl get %s', async (shortName, columns, row) => {
      const [header = '', ...rows] = await lines('get', shortName)
      expect(header.trim().split(/ {2,}/)).toEqual(columns)
      expect(rows).toContainEqual(expect.stringMatching(row))
    })

    test('kubectl get -o wide shows the priority', async () => {
      expect((await lines('get', 'dsp', '-o', 'wide'))[0]).toContain('PRIORITY')
    })

    test.each(['dapr-shared', 'dapr'])('kubectl get %s shows all kinds', async (category) => {
      const shown = (await lines('get', category, '-o', 'name')).map((name) => name.split('.')[0])
      const kinds = ['daprsharedexception', 'daprsharedgrant', 'daprsharedinstance', 'daprsharedpolicy']
      expect([...new Set(shown)]).toEqual(kinds)
    })

    test.each([
      ['daprsharedpolicy', 'What Dapr Shared may be used for in this cluster'],
      ['daprsharedpolicy.spec.match', 'Which pods that ask for an instance this policy governs'],
      ['daprsharedpolicy.spec.match', "Labels of the pod's namespace."],
      [
        'daprsharedpolicy.spec.match.namespaceSelector.matchExpressions',
        'One requirement|Requirements that must all hold',
      ],
      ['daprsharedpolicy.spec.overrides.message', '{appId}, {namespace}, {pod}, {policy} and'],
      ['dsg.spec.from', 'The ServiceAccounts of that namespace that may.'],
      ['dsx.spec', 'Why, for whoever reviews it later.'],
      ['dsi.spec.external', 'Where it speaks gRPC'],
      ['dsi.status', 'What uses the instance'],
    ])('kubectl explain %s', async (field, sentence) => {
      const { stdout } = await cluster.kubectl(['explain', field])
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
        new RegExp(
          sentence
            .split('|')
            .map((part) => part.replaceAll(/[.{}]/g, '\\$&'))
            .join('|'),
        ),
      )
    })
  })
})
