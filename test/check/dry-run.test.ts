import { describe, expect, test } from 'vitest'
import type { Probe } from '../../src/check/dry-run.ts'
import type { Named } from '../../src/check/facts.ts'
import { chooseTarget, NO_INSTANCE, probePod } from '../../src/check/probe-pod.ts'
import { objectOr } from '../../src/core/cluster-facts.ts'
import type { Line } from '../../src/check/line.ts'
import { podOf } from '../../src/server-dry-run/judge.ts'
import { ApiError } from '../../src/kube/call-errors.ts'
import { aProbe, installed, known, named, told, wrongIn } from './made-facts.ts'

const target = { namespace: 'shop', appId: 'order' }
const plain = aProbe({ target: { namespace: 'shop', appId: '' } })

const no = (message: string, { status = 500, reason = 'InternalError' } = {}): Probe['answer'] => ({
  kind: 'no',
  error: new ApiError({ status, reason, message }),
  warnings: [],
})
const called = (why: string): Probe['answer'] =>
  no(
    `Internal error occurred: failed calling webhook "mutate.shared.dapr.io": failed to call webhook: ${why}`,
  )

/** The line about a pod that asks. */
const injection = (
  probe: Partial<Probe>,
  mutating: Named = known(installed('MutatingWebhookConfiguration')),
): Line | undefined =>
  wrongIn({ mutating, dryRun: { injection: aProbe({ target, ...probe }), plain } }).find(
    ({ id }) => id === 'dry-run.injection',
  )

const injected = {
  ...probePod(target),
  metadata: {
    ...objectOr(probePod(target)['metadata']),
    annotations: { 'dapr.io/shared': 'order', 'dapr.io/shared-status': '{"instance":"shop/order"}' },
  },
}

describe('a pod that asks', () => {
  test('is fine where the API server says what the offline decision says', () => {
    const pod = podOf(injected)
    if (pod === undefined) throw new Error('it is a pod')
    const answer = { kind: 'admitted', pod: named(injected), warnings: [] } as const
    expect(
      injection({ answer, offline: { kind: 'admitted', pod, warnings: [], changes: true } }),
    ).toBeUndefined()
    const unlike = { ...pod, metadata: { ...pod.metadata, labels: { 'shared.dapr.io/app-id': 'order' } } }
    expect(
      injection({ answer, offline: { kind: 'admitted', pod: unlike, warnings: [], changes: true } }),
    ).toMatchObject({
      level: 'fail',
      wanted: 'order',
      got: 'nothing',
    })
  })

  // the sentences of Go's TLS and net packages, and of the API server
  test.each([
    [
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'does not trust the certificate',
    ],
    ['x509: certificate has expired or is not yet valid: current time is later', 'or its CA has expired'],
    ['No agent available', 'Konnectivity'],
    ['x509: certificate is valid for a.test, not dapr-shared-admission.dapr-shared-system.svc', 'is not for'],
    ['remote error: tls: certificate required', 'client certificate'],
    ['no endpoints available for service "dapr-shared-admission"', 'no ready endpoint'],
    ['service "dapr-shared-admission" not found', 'there is no Service'],
    ['dial tcp 10.0.0.1:8443: connect: connection refused', 'nobody listens'],
    ['context deadline exceeded', 'does not reach the pods'],
    ['dial tcp 10.0.0.1:8443: i/o timeout', 'does not reach the pods'],
    ['EOF', 'broke off'],
    ['the server is currently unable to handle the request', 'not ready, or overloaded'],
    ['the server could not find the requested resource', 'something else answers'],
    ['a sentence of the future', 'no answer that the API server can use'],
  ])('%s', (message, what) => {
    const line = injection({ answer: called(message) })
    expect(line).toMatchObject({ level: 'fail' })
    expect(line?.what).toContain(what)
    expect(line?.got).toContain(message)
    expect(line?.cure).not.toBe('')
  })

  test('tells of a way to /readyz that a NetworkPolicy leaves open: through the node, not through the API server', () => {
    const line = injection({ answer: called('the server is currently unable to handle the request') })
    expect(line?.cure).toContain(
      'kubectl port-forward -n dapr-shared-system deployment/dapr-shared-admission 8080:ops',
    )
  })

  test('an error of matchConditions is told as that', () => {
    const line = injection({
      answer: no(`pods "" is forbidden: expression 'object.x' resulted in error: no such key: x`, {
        status: 403,
        reason: 'Forbidden',
      }),
    })
    expect(line).toMatchObject({ level: 'fail' })
    expect(line?.what).toContain('matchConditions')
  })

  test('was created as it is: says why nobody was called', () => {
    const answer = { kind: 'admitted', pod: named(probePod(target)), warnings: [] } as const
    expect(injection({ answer })).toMatchObject({ level: 'fail' })
    expect(injection({ answer }, known(undefined))?.cure).toContain(
      'there is no MutatingWebhookConfiguration',
    )
  })

  test('came uninjected to the last check: says the same', () => {
    const answer = no(
      'admission webhook "validate.shared.dapr.io" denied the request: [injection.incomplete] it was not injected',
      { status: 403, reason: 'Forbidden' },
    )
    const pod = podOf(injected)
    if (pod === undefined) throw new Error('it is a pod')
    const line = injection({ answer, offline: { kind: 'admitted', pod, warnings: [], changes: true } })
    expect(line).toMatchObject({ level: 'fail' })
    expect(line?.what).toContain('mutate.shared.dapr.io was not called')
  })

  test.each([
    ['a quota', no('pods "x" is forbidden: exceeded quota: small', { status: 403, reason: 'Forbidden' })],
    [
      'no right',
      no('pods is forbidden: User "a" cannot create resource "pods"', { status: 403, reason: 'Forbidden' }),
    ],
    ['another webhook', no('Internal error occurred: failed calling webhook "other.test": EOF')],
    ['silence', { kind: 'lost', why: 'https://api.test said nothing' } as const],
  ])('%s in the way: unknown, and says how to ask otherwise', (_, answer) => {
    const line = injection({ answer })
    expect(line).toMatchObject({ level: 'unknown' })
    expect(line?.cure).toContain('--no-dry-run')
  })
})

describe('a pod that does not ask', () => {
  const line = (answer: Probe['answer']): Line | undefined =>
    wrongIn({ dryRun: { injection: aProbe(), plain: { ...plain, answer } } }).find(
      ({ id }) => id === 'dry-run.plain-pod',
    )

  test('fails where it depends on us', () => {
    expect(line(called('EOF'))).toMatchObject({ level: 'fail' })
    expect(
      line(
        no('admission webhook "mutate.shared.dapr.io" denied the request: x', {
          status: 403,
          reason: 'Forbidden',
        }),
      ),
    ).toMatchObject({ level: 'fail' })
    expect(line({ kind: 'admitted', pod: named(injected), warnings: [] })).toMatchObject({ level: 'fail' })
  })

  test('is unknown where others refuse it', () => {
    expect(
      line(no('pods "x" is forbidden: exceeded quota: small', { status: 403, reason: 'Forbidden' })),
    ).toMatchObject({ level: 'unknown' })
  })

  test('is fine as it was sent', () => {
    expect(told(wrongIn({ dryRun: { injection: aProbe(), plain } }))).not.toContain('fail dry-run.plain-pod')
  })
})

describe('where the pods are asked for', () => {
  const at = (namespace: string, ready: number) => ({
    namespace,
    appId: 'order',
    readiness: { known: true, ready, wanted: 2 } as const,
  })

  test.each([
    [
      'where an instance is ready',
      [at('pay', 0), at('shop', 1)],
      undefined,
      { namespace: 'shop', appId: 'order' },
    ],
    [
      'not where nobody is served',
      [at('kube-system', 2), at('pay', 0)],
      undefined,
      { namespace: 'pay', appId: 'order' },
    ],
    ['in default, where a refusal is expected', [], undefined, { namespace: 'default', appId: NO_INSTANCE }],
    ['where it was asked', [at('shop', 1), at('pay', 0)], 'pay', { namespace: 'pay', appId: 'order' }],
    [
      'where it was asked, without an instance',
      [at('shop', 1)],
      'other',
      { namespace: 'other', appId: NO_INSTANCE },
    ],
  ])('%s', (_, instances, wanted, expected) => {
    expect(chooseTarget(instances, new Set(['kube-system']), wanted)).toEqual(expected)
  })
})
