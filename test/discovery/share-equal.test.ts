import { expect, test } from 'vitest'
import { recognizeService } from '../../src/discovery/recognize-service.ts'
import { recognizeWorkload } from '../../src/discovery/recognize.ts'
import { shareEqual } from '../../src/discovery/share-equal.ts'

function aWorkload(appId: string): unknown {
  const labels = { 'app.kubernetes.io/name': 'dapr-shared', app: appId }
  const daprd = {
    name: 'daprd',
    image: 'daprio/daprd:1.15.7',
    args: [`--app-id=${appId}`, '--sentry-address=dapr-sentry.dapr-system.svc.cluster.local:80'],
    env: [{ name: 'DAPR_API_TOKEN', valueFrom: { secretKeyRef: { name: appId, key: 'token' } } }],
    ports: [{ name: 'http', containerPort: 3500 }],
  }
  return {
    metadata: { name: appId, namespace: 'shop', labels, creationTimestamp: '2026-11-21T06:38:45Z' },
    spec: {
      template: { metadata: { labels }, spec: { containers: [daprd], nodeSelector: { disk: 'ssd' } } },
    },
    status: { numberReady: 1, desiredNumberScheduled: 2 },
  }
}

function aService(name: string): unknown {
  const spec = { selector: { app: name }, ports: [{ name: 'dapr-http', port: 3500, targetPort: 'http' }] }
  return { metadata: { name, namespace: 'shop' }, spec }
}

const recognized = (appId: string) => recognizeWorkload('DaemonSet', aWorkload(appId))

test('what is shared says what was recognised', () => {
  const { workload, service } = shareEqual(100)
  for (const name of ['orders', 'stock', 'orders']) {
    expect(workload(recognized(name))).toEqual(recognized(name))
    expect(service(recognizeService(aService(name)))).toEqual(recognizeService(aService(name)))
  }
  const unusable = { unusable: { kind: 'Deployment', namespace: 'shop', name: 'x', reason: 'r' } } as const
  expect(workload(unusable)).toBe(unusable)
  expect(workload(undefined)).toBeUndefined()
  expect(service(undefined)).toBeUndefined()
})

test('equal parts of two objects are one, and others are not', () => {
  const { workload, service } = shareEqual(100)
  const [one, two] = ['orders', 'stock'].map((name) => workload(recognized(name)))
  if (one === undefined || two === undefined || !('instance' in one) || !('instance' in two)) expect.fail()
  expect(two.instance.namedPorts).toBe(one.instance.namedPorts)
  expect(two.instance.placement).toBe(one.instance.placement)
  expect(two.instance.readiness).toBe(one.instance.readiness)
  expect(two.instance.daprd.token).not.toEqual(one.instance.daprd.token)
  const [first, second] = ['orders', 'stock'].map((name) => service(recognizeService(aService(name))))
  expect(second?.ports).toBe(first?.ports)
  expect(second?.selector).not.toEqual(first?.selector)
})

test('a cluster of which nothing is alike takes no more than was allowed, and nothing is wrong with it', () => {
  const { workload } = shareEqual(3)
  for (let index = 0; index < 20; index++)
    expect(workload(recognized(`app-${index}`))).toEqual(recognized(`app-${index}`))
})
