import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recognizeService } from '../../src/discovery/recognize-service.ts'

const metadata = { name: 'orders-dapr', namespace: 'shop' }

test('of a Service name, selector and ports are kept', () => {
  const spec = {
    type: 'NodePort',
    selector: { app: 'orders', odd: 7 },
    ports: [{ name: 'dapr-http', port: 80, targetPort: 3500, nodePort: 30_000 }],
  }
  expect(recognizeService({ metadata, spec })).toEqual({
    namespace: 'shop',
    name: 'orders-dapr',
    selector: { app: 'orders' },
    type: 'NodePort',
    headless: false,
    ports: [{ name: 'dapr-http', port: 80, targetPort: 3500, tcp: true }],
    locality: 'Spread',
    ipv6First: false,
    externalIps: false,
    sidecarAppId: undefined,
  })
})

describe('what a Service leaves out has the meaning that Kubernetes gives it', () => {
  test('no spec: a ClusterIP Service that selects nothing', () => {
    expect(recognizeService({ metadata })).toMatchObject({
      type: 'ClusterIP',
      selector: {},
      ports: [],
      headless: false,
    })
  })

  test.each([
    [{ port: 3500 }, { name: '', port: 3500, targetPort: 3500, tcp: true }],
    [
      { port: 80, targetPort: 'http' },
      { name: '', port: 80, targetPort: 'http', tcp: true },
    ],
    [
      { port: 80, protocol: 'UDP' },
      { name: '', port: 80, targetPort: 80, tcp: false },
    ],
  ])('the port %j is %j', (port, kept) => {
    expect(recognizeService({ metadata, spec: { ports: [port] } })?.ports).toEqual([kept])
  })

  test('a port without a number is none', () => {
    expect(
      recognizeService({ metadata, spec: { ports: [{ name: 'x' }, { port: '80' }, null] } })?.ports,
    ).toEqual([])
  })
})

test.each([
  [{ clusterIP: 'None' }, { headless: true }],
  [{ clusterIP: '10.0.0.1' }, { headless: false }],
  [{ internalTrafficPolicy: 'Local' }, { locality: 'Local' }],
  [{ internalTrafficPolicy: 'Cluster' }, { locality: 'Spread' }],
  [{ trafficDistribution: 'PreferSameNode' }, { locality: 'Preferred' }],
  [{ trafficDistribution: 'PreferSameZone' }, { locality: 'Spread' }],
  [{ trafficDistribution: 'PreferClose' }, { locality: 'Spread' }],
  [{ ipFamilies: ['IPv6', 'IPv4'] }, { ipv6First: true }],
  [{ ipFamilies: ['IPv4', 'IPv6'] }, { ipv6First: false }],
  [{ externalIPs: ['192.0.2.1'] }, { externalIps: true }],
  [{ externalIPs: [] }, { externalIps: false }],
])('a spec of %j means %j', (spec, facts) => {
  expect(recognizeService({ metadata, spec })).toMatchObject(facts)
})

describe("a Service that Dapr's operator makes for a sidecar application", () => {
  const made = (labels: unknown, annotations?: unknown): unknown =>
    recognizeService({ metadata: { ...metadata, labels, annotations } })

  test.each([
    [{ 'dapr.io/enabled': 'true' }, { 'dapr.io/app-id': 'cart' }, 'cart'],
    [{ 'dapr.io/enabled': 'True' }, undefined, ''],
    [{ 'dapr.io/enabled': 'false' }, { 'dapr.io/app-id': 'cart' }, undefined],
    [{}, { 'dapr.io/app-id': 'cart' }, undefined],
    [undefined, undefined, undefined],
  ])('labels %j and annotations %j: %j', (labels, annotations, sidecarAppId) => {
    expect(made(labels, annotations)).toMatchObject({ sidecarAppId })
  })
})

test.each([[undefined], [''], ['Not_A_Name'], ['a.b'], [7]])('a Service called %j is none', (name) => {
  expect(recognizeService({ metadata: { ...metadata, name } })).toBeUndefined()
})

test('nothing that an API server or a file may hold makes recognition fail', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (odd, spec) => {
      recognizeService(odd)
      recognizeService({ metadata: odd, spec })
      recognizeService({
        metadata,
        spec: { ports: odd, selector: odd, ipFamilies: odd, externalIPs: odd, type: odd },
      })
    }),
  )
})
