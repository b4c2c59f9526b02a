import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/core/pod.ts'
import { changesOfOthers } from '../../src/server-dry-run/changes-of-others.ts'

const pod = (spec: object = {}, metadata: object = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', ...metadata },
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
})
const app = (more: object): object => ({ containers: [{ name: 'app', image: 'app:1', ...more }] })
const told = (before: JsonObject, after: JsonObject): string[] =>
  changesOfOthers(before, after).map(({ field, change }) => `${change} ${field}`)

interface Recorded {
  readonly sent: JsonObject
  readonly admitted: JsonObject
}

describe('what every API server does to a pod is no change', () => {
  // what Kubernetes 1.36.3 made of it, by a dry run
  const { sent, admitted } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'as-the-api-server-fills-it.json'), 'utf8'),
  ) as Recorded

  test('its defaults, its token volume, its tolerations, its way to write quantities', () => {
    expect(JSON.stringify(admitted)).toContain('kube-api-access')
    expect(told(sent, admitted)).toEqual([])
  })

  test('and what it drops', () => {
    const before = pod(
      {
        ...app({ env: [{ name: 'A', value: '' }], stdin: false, resources: {}, command: [] }),
        hostNetwork: false,
      },
      { labels: null, annotations: {}, creationTimestamp: null },
    )
    expect(told(before, pod(app({ env: [{ name: 'A' }] })))).toEqual([])
  })
})

describe('what somebody does is told', () => {
  test.each([
    ['a label', pod(), pod({}, { labels: { team: 'a' } }), ['added metadata.labels["team"]']],
    [
      'an annotation with dots',
      pod({}, { annotations: { 'a.b/c': '1' } }),
      pod({}, { annotations: { 'a.b/c': '2' } }),
      ['changed metadata.annotations["a.b/c"]'],
    ],
    ['a label taken away', pod({}, { labels: { a: 'b' } }), pod(), ['removed metadata.labels["a"]']],
    [
      'a container, once and as a whole',
      pod(),
      pod({
        containers: [
          { name: 'proxy', image: 'p', env: [{ name: 'A', value: 'b' }] },
          { name: 'app', image: 'app:1' },
        ],
      }),
      ['added spec.containers["proxy"]'],
    ],
    [
      'a container taken away',
      pod({ initContainers: [{ name: 'init', image: 'i' }] }),
      pod(),
      ['removed spec.initContainers["init"]'],
    ],
    ['an image', pod(), pod(app({ image: 'mirror/app:1' })), ['changed spec.containers["app"].image']],
    [
      'a variable',
      pod(app({ env: [{ name: 'B', value: '1' }] })),
      pod(
        app({
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        }),
      ),
      ['changed spec.containers["app"].env["B"].value', 'added spec.containers["app"].env["A"]'],
    ],
    [
      'arguments',
      pod(app({ args: ['a'] })),
      pod(app({ args: ['a', 'b'] })),
      ['changed spec.containers["app"].args'],
    ],
    [
      'limits that a LimitRange gives',
      pod(),
      pod(app({ resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } })),
      [
        'added spec.containers["app"].resources.limits["cpu"]',
        'added spec.containers["app"].resources.requests["cpu"]',
      ],
    ],
    [
      'requests that are made smaller',
      pod(app({ resources: { requests: { cpu: '500m' } } })),
      pod(app({ resources: { requests: { cpu: '100m' } } })),
      ['changed spec.containers["app"].resources.requests["cpu"]'],
    ],
    [
      'a security setting, also to false and 0',
      pod(),
      pod({
        ...app({ securityContext: { allowPrivilegeEscalation: false } }),
        securityContext: { runAsUser: 0 },
      }),
      [
        'added spec.containers["app"].securityContext.allowPrivilegeEscalation',
        'added spec.securityContext.runAsUser',
      ],
    ],
    [
      'a volume, and where it is mounted',
      pod(),
      pod({
        ...app({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
        volumes: [{ name: 'v', emptyDir: {} }],
      }),
      ['added spec.containers["app"].volumeMounts["/v"]', 'added spec.volumes["v"]'],
    ],
    [
      'where it may run',
      pod(),
      pod({ nodeSelector: { 'a.b/zone': 'x' }, tolerations: [{ key: 'spot', operator: 'Exists' }] }),
      ['added spec.nodeSelector["a.b/zone"]', 'added spec.tolerations["spot/Exists"]'],
    ],
    [
      'the account it runs as',
      pod(),
      pod({ serviceAccountName: 'robot' }),
      ['added spec.serviceAccountName'],
    ],
    ['a default that is another', pod(), pod({ dnsPolicy: 'None' }), ['added spec.dnsPolicy']],
  ])('%s', (_, before, after, changes) => {
    expect(told(before, after).toSorted()).toEqual(changes.toSorted())
  })

  test('but not what is ours', () => {
    const after = pod(app({ env: [{ name: 'DAPR_HTTP_ENDPOINT', value: 'http://x:1' }] }), {
      labels: { 'shared.dapr.io/app-id': 'order' },
      annotations: { 'dapr.io/shared-status': '{}', 'dapr.io/enabled': 'false' },
    })
    expect(told(pod(), after)).toEqual([])
  })

  test('with values where they can be no secret, and nowhere else', () => {
    const secret = 'hunter2'
    const after = pod(
      { ...app({ image: 'mirror/app:1', env: [{ name: 'PASSWORD', value: secret }], args: [secret] }) },
      { labels: { team: 'a' }, annotations: { note: secret } },
    )
    const changes = changesOfOthers(pod(app({ args: ['x'] })), after)
    expect(JSON.stringify(changes)).not.toContain(secret)
    expect(changes).toContainEqual({
      field: 'spec.containers["app"].image',
      change: 'changed',
      before: 'app:1',
      after: 'mirror/app:1',
    })
    expect(changes).toContainEqual({
      field: 'metadata.labels["team"]',
      change: 'added',
      before: '',
      after: 'a',
    })
  })
})
