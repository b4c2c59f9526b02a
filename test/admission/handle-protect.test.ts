import { describe, expect, test } from 'vitest'
import type { Policy } from '../../src/core/policy.ts'
import { aPolicy } from '../core/a-question.ts'
import { aHandler, verdictOf } from './a-handler.ts'
import { inShop, reviewOf, shopWith, usedBy } from './an-object.ts'
import type { AdmissionResponse } from './response-contract.ts'

const LIMIT = 1000

interface Asked {
  readonly review: Record<string, unknown>
  readonly pods?: number
  readonly policies?: readonly Policy[]
}

async function asked({ review, pods = 3, policies = [] }: Asked): Promise<AdmissionResponse> {
  const { handle } = aHandler({ known: () => shopWith(...policies), facts: usedBy(pods) })
  return verdictOf(await handle('protect', review, LIMIT))
}

const gone = (kind: string, name: string, username?: string): Record<string, unknown> =>
  reviewOf('DELETE', { oldObject: inShop(kind, name), ...(username === undefined ? {} : { username }) })

const protecting = (inUse: 'Off' | 'Warn' | 'Deny', name = 'strict'): Policy =>
  aPolicy({ rules: { instance: { inUse } } }, name)

describe('the deletion of what an instance runs on', () => {
  test.each([
    ['DaemonSet', 'cart'],
    ['Service', 'cart-dapr'],
    ['Deployment', 'billing'],
  ])('%s %s warns while pods use it', async (kind, name) => {
    const verdict = await asked({ review: gone(kind, name) })
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings).toEqual([expect.stringContaining(`[instance.in-use] ${kind} ${name} is what`)])
  })

  test('is nothing to warn of where nobody uses it', async () => {
    const verdict = await asked({ review: gone('DaemonSet', 'cart'), pods: 0 })
    expect(verdict).toMatchObject({ allowed: true })
    expect(verdict.warnings ?? []).toEqual([])
  })

  test('is refused where a policy says so, with the number of pods and the cure', async () => {
    const verdict = await asked({ review: gone('DaemonSet', 'cart'), policies: [protecting('Deny')] })
    expect(verdict.allowed).toBe(false)
    expect(verdict.status?.message).toMatch(
      /^\[instance\.in-use\] DaemonSet cart .*"shop\/cart".*3 pods use.*shared\.dapr\.io\/allow-delete: "true"/,
    )
  })

  test('is let through where the object says that it may go, and told', async () => {
    const oldObject = inShop('DaemonSet', 'cart')
    const metadata = oldObject['metadata'] as object
    const marked = {
      ...oldObject,
      metadata: { ...metadata, annotations: { 'shared.dapr.io/allow-delete': 'true' } },
    }
    const verdict = await asked({
      review: reviewOf('DELETE', { oldObject: marked }),
      policies: [protecting('Deny')],
    })
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings).toHaveLength(1)
  })

  test('is silent where a policy says Off', async () => {
    const verdict = await asked({ review: gone('DaemonSet', 'cart'), policies: [protecting('Off')] })
    expect(verdict.warnings ?? []).toEqual([])
  })

  test('follows the strictest of several policies', async () => {
    const policies = [protecting('Off', 'a'), protecting('Deny', 'b'), protecting('Warn', 'c')]
    expect((await asked({ review: gone('DaemonSet', 'cart'), policies })).allowed).toBe(false)
  })

  test('is no matter of policies for other namespaces', async () => {
    const other = aPolicy({
      match: { namespaceSelector: { matchLabels: { env: 'prod' } } },
      rules: { instance: { inUse: 'Deny' } },
    })
    expect((await asked({ review: gone('DaemonSet', 'cart'), policies: [other] })).allowed).toBe(true)
  })

  test.each([
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector',
  ])('by %s is never kept from happening', async (username) => {
    const review = gone('DaemonSet', 'cart', username)
    const verdict = await asked({ review, policies: [protecting('Deny')] })
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings ?? []).toEqual([])
  })

  test('of another DaemonSet or Service concerns nobody', async () => {
    const oldObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other', namespace: 'shop' },
      spec: {},
    }
    const verdict = await asked({ review: reviewOf('DELETE', { oldObject }), policies: [protecting('Deny')] })
    expect(verdict.allowed).toBe(true)
  })
})

describe('a change of what an instance runs on', () => {
  const changed = (change: (object: Record<string, unknown>) => void): Record<string, unknown> => {
    const object = inShop('DaemonSet', 'cart')
    change(object)
    return reviewOf('UPDATE', { object, oldObject: inShop('DaemonSet', 'cart') })
  }
  const policies = [protecting('Deny')]

  test('that gives it another app-id takes the instance from its consumers', async () => {
    const review = changed((object) => {
      const text = JSON.stringify(object['spec']).replace('--app-id=cart', '--app-id=other')
      object['spec'] = JSON.parse(text)
    })
    expect((await asked({ review, policies })).status?.message).toContain('[instance.in-use] DaemonSet cart')
  })

  test('that leaves key and endpoints alone is nobody’s business', async () => {
    const review = changed((object) => {
      const text = JSON.stringify(object['spec']).replace('daprio/daprd:1.16.0', 'daprio/daprd:1.16.1')
      object['spec'] = JSON.parse(text)
    })
    expect(await asked({ review, policies })).toMatchObject({ allowed: true })
  })

  test('of the Service’s port moves the endpoint away from those who were given it', async () => {
    const object = inShop('Service', 'cart-dapr')
    const moved = JSON.parse(
      JSON.stringify(object).replace('"port":3500', '"port":80,"targetPort":3500'),
    ) as object
    const review = reviewOf('UPDATE', { object: moved, oldObject: object })
    expect((await asked({ review, policies })).allowed).toBe(false)
  })
})

describe('what one policy forbids', () => {
  const denying = aPolicy({ overrides: [{ rule: 'instance.in-use', action: 'Deny' }] }, 'a-deny')

  test.each([
    ['wants replicas', aPolicy({ rules: { instance: { minReadyReplicas: 1 } } }, 'b')],
    [
      'is for certain pods only',
      aPolicy({ match: { workloadKinds: ['Job'] }, rules: { instance: { inUse: 'Off' } } }, 'b'),
    ],
  ])('is not allowed by one that %s', async (_, other) => {
    expect((await asked({ review: gone('DaemonSet', 'cart'), policies: [denying, other] })).allowed).toBe(
      false,
    )
  })
})

test('a Service of Knative is none of ours, whatever its name', async () => {
  const oldObject = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'cart-dapr', namespace: 'shop' },
  }
  const verdict = await asked({ review: reviewOf('DELETE', { oldObject }), policies: [protecting('Deny')] })
  expect(verdict.allowed).toBe(true)
})
