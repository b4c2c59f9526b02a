import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { selects, type ServiceFacts } from '../../src/core/cluster-facts.ts'
import { indexServices, isPort, pairService, type Pairing } from '../../src/core/pair-service.ts'
import { aDaprd, aService, aWorkload } from './builders.ts'

const pair = (workload = aWorkload(), ...services: ServiceFacts[]): Pairing =>
  pairService(workload, indexServices(services))

const port = (
  number: number,
  targetPort: number | string,
  name = '',
  tcp = true,
): ServiceFacts['ports'][number] => ({
  name,
  port: number,
  targetPort,
  tcp,
})

describe('a Service leads to an instance', () => {
  test('by selector and target port, whatever its name is', () => {
    const service = aService('orders', { name: 'anything', ports: [port(80, 3500), port(81, 50_001)] })
    expect(pair(aWorkload(), service)).toMatchObject({
      kind: 'paired',
      httpPort: 80,
      grpcPort: 81,
      others: [],
    })
  })

  test('by the names of container ports', () => {
    const workload = aWorkload({
      namedPorts: new Map([
        ['http', 3500],
        ['grpc', 50_001],
      ]),
    })
    const service = aService('orders', { ports: [port(80, 'http'), port(81, 'grpc')] })
    expect(pair(workload, service)).toMatchObject({ kind: 'paired', httpPort: 80, grpcPort: 81 })
  })

  test('whose own ports the arguments moved', () => {
    const workload = aWorkload({ daprd: aDaprd({ httpPort: 1, grpcPort: 65_535 }) })
    const service = aService('orders', { ports: [port(80, 1), port(81, 65_535), port(3500, 3500)] })
    expect(pair(workload, service)).toMatchObject({ kind: 'paired', httpPort: 80, grpcPort: 81 })
  })

  test('by one port for both, where daprd has them so', () => {
    const workload = aWorkload({ daprd: aDaprd({ httpPort: 3500, grpcPort: 3500 }) })
    expect(pair(workload, aService('orders', { ports: [port(80, 3500)] }))).toMatchObject({
      httpPort: 80,
      grpcPort: 80,
    })
  })

  test('with target ports where it is headless', () => {
    const service = aService('orders', { headless: true, ports: [port(80, 3500), port(81, 50_001)] })
    expect(pair(aWorkload(), service)).toMatchObject({ kind: 'paired', httpPort: 3500, grpcPort: 50_001 })
  })

  test('through the port that the chart names, of several that lead there', () => {
    const service = aService('orders', {
      ports: [port(80, 3500), port(90, 3500, 'dapr-http'), port(81, 50_001), port(91, 50_001, 'dapr-grpc')],
    })
    expect(pair(aWorkload(), service)).toMatchObject({ httpPort: 90, grpcPort: 91 })
  })

  test('not through a port of the right name that leads elsewhere', () => {
    const service = aService('orders', {
      ports: [port(90, 9090, 'dapr-http'), port(80, 3500), port(91, 9090, 'dapr-grpc'), port(81, 50_001)],
    })
    expect(pair(aWorkload(), service)).toMatchObject({ httpPort: 80, grpcPort: 81 })
  })
})

describe('a Service does not lead to an instance', () => {
  test.each<[string, Partial<ServiceFacts>]>([
    ['that it does not select', { selector: { app: 'other' } }],
    ['that it selects by a label more', { selector: { app: 'orders', tier: 'web' } }],
    ['when it has no selector', { selector: {} }],
    ["when Dapr's operator made it for a sidecar", { sidecarAppId: 'orders' }],
    ['when it is a name for another host', { type: 'ExternalName' }],
  ])('%s', (_, changes) => {
    expect(pair(aWorkload(), aService('orders', changes))).toEqual({ kind: 'none' })
  })

  test.each<[string, ServiceFacts['ports']]>([
    ['without ports', []],
    ['with HTTP only', [port(3500, 3500)]],
    ['with gRPC only', [port(50_001, 50_001)]],
    ['by UDP', [port(3500, 3500, 'dapr-http', false), port(50_001, 50_001, 'dapr-grpc', false)]],
    ['by a port that no container names', [port(80, 'http'), port(81, 'grpc')]],
    ['by a port that cannot be', [port(0, 3500), port(70_000, 50_001)]],
  ])('%s: it can never be reached, and the Service is named', (_, ports) => {
    const pairing = pair(aWorkload(), aService('orders', { ports }))
    expect(pairing).toMatchObject({ kind: 'unreachable' })
    expect(pairing.kind === 'unreachable' && pairing.reason).toContain('"orders-dapr"')
    expect(pairing.kind === 'unreachable' && pairing.cure).toContain('3500 and 50001')
  })

  test.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost'])(
    'when daprd listens on %s only',
    (address) => {
      const workload = aWorkload({ daprd: aDaprd({ listenAddresses: [address] }) })
      expect(pair(workload, aService('orders'))).toMatchObject({ kind: 'unreachable' })
    },
  )

  test.each([[[]], [['0.0.0.0']], [['[::]']], [['127.0.0.1', '10.0.0.1']], [['128.0.0.1']]])(
    'but it does when daprd listens on %j',
    (listenAddresses) => {
      const workload = aWorkload({ daprd: aDaprd({ listenAddresses }) })
      expect(pair(workload, aService('orders'))).toMatchObject({ kind: 'paired' })
    },
  )
})

describe('of several Services', () => {
  test('the one called <app-id>-dapr is taken, wherever it stands', () => {
    const services = ['a', 'orders-dapr', 'z'].map((name) => aService('orders', { name }))
    expect(pair(aWorkload(), ...services)).toMatchObject({
      service: { name: 'orders-dapr' },
      others: ['a', 'z'],
    })
  })

  test('else the lowest name', () => {
    const services = ['z', 'a', 'm'].map((name) => aService('orders', { name }))
    expect(pair(aWorkload(), ...services)).toMatchObject({ service: { name: 'a' }, others: ['m', 'z'] })
  })

  test('only those count that lead to both ports', () => {
    const services = [aService('orders', { ports: [] }), aService('orders', { name: 'z' })]
    expect(pair(aWorkload(), ...services)).toMatchObject({ service: { name: 'z' }, others: [] })
  })
})

test('the index finds what trying each Service would find', () => {
  const map = fc.dictionary(fc.constantFrom('a', 'b', 'a=b', '__proto__'), fc.constantFrom('1', '2', 'b=1'), {
    maxKeys: 3,
  })
  fc.assert(
    fc.property(fc.array(map, { maxLength: 12 }), map, (selectors, labels) => {
      const services = selectors.map((selector, index) => aService('orders', { name: `s${index}`, selector }))
      const found = indexServices(services).selecting(labels)
      const tried = services.filter(({ selector }) => selects(selector, labels))
      expect(found.map(({ name }) => name).toSorted()).toEqual(tried.map(({ name }) => name).toSorted())
    }),
    { numRuns: 1000 },
  )
})

test.each([
  [1, true],
  [65_535, true],
  [0, false],
  [65_536, false],
  [-1, false],
  [80.5, false],
  [Number.NaN, false],
  ['80', false],
  [undefined, false],
])('%j is a port: %s', (value, valid) => {
  expect(isPort(value)).toBe(valid)
})
