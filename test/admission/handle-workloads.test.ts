import { describe, expect, test } from 'vitest'
import { aPolicy } from '../core/a-question.ts'
import { aHandler, verdictOf } from './a-handler.ts'
import { aDeployment, reviewOf, shopWith } from './an-object.ts'
import type { AdmissionResponse } from './response-contract.ts'
import type { Policy } from '../../src/core/policy.ts'

const LIMIT = 1000

async function asked(object: object, ...policies: readonly Policy[]): Promise<AdmissionResponse> {
  const { handle } = aHandler({ known: () => shopWith(...policies) })
  return verdictOf(await handle('workloads', reviewOf('CREATE', { object }), LIMIT))
}

describe('the template of a workload', () => {
  test('that will be injected is admitted without a word or a patch', async () => {
    const verdict = await asked(aDeployment('cart'))
    expect(verdict).toMatchObject({ allowed: true })
    expect(verdict.patch).toBeUndefined()
    expect(verdict.warnings ?? []).toEqual([])
  })

  test('whose pods will be refused is admitted with a warning that says so', async () => {
    const verdict = await asked(aDeployment('nobody'))
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings).toEqual([expect.stringContaining('[instance.missing]')])
  })

  test('is refused where a policy wants it so', async () => {
    const refusing = aPolicy({ scopedActions: [{ points: ['Workload'], actions: ['Deny'] }] })
    const verdict = await asked(aDeployment('nobody'), refusing)
    expect(verdict.allowed).toBe(false)
    expect(verdict.status?.message).toContain('[instance.missing]')
  })

  test("is told what a policy's rules would say of its pods, as advice", async () => {
    const policy = aPolicy({ rules: { workloads: { allowedKinds: ['Job'] } } })
    const verdict = await asked(aDeployment('cart'), policy)
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings).toEqual([expect.stringContaining('[workload.kind-not-allowed]')])
  })

  test('with one of our labels is refused, at this point too', async () => {
    const verdict = await asked(aDeployment('cart', {}, { labels: { 'shared.dapr.io/app-id': 'cart' } }))
    expect(verdict.allowed).toBe(false)
    expect(verdict.status?.message).toContain('[label.forged]')
  })

  test('without the annotation that stands on the workload gets the cure', async () => {
    const object = aDeployment('cart', { annotations: { 'dapr.io/shared': 'cart' } }, { annotations: {} })
    const verdict = await asked(object)
    expect(verdict.allowed).toBe(true)
    expect(verdict.warnings).toEqual([expect.stringContaining('[annotation.unknown] dapr.io/shared is on')])
  })

  test.each([
    ['a template without a spec', { spec: { template: {} } }],
    ['no template', { spec: {} }],
    ['a template that is a list', { spec: { template: [] } }],
  ])('%s is not ours to judge: the API server is not kept from its own answer', async (_, parts) => {
    const { handle } = aHandler({ known: () => shopWith() })
    const object = { ...aDeployment('cart'), ...parts }
    expect(await handle('workloads', reviewOf('CREATE', { object }), LIMIT)).toMatchObject({ status: 400 })
  })

  test('that goes is nobody’s business', async () => {
    const { handle } = aHandler({ known: () => shopWith() })
    const review = reviewOf('DELETE', { oldObject: aDeployment('nobody') })
    expect(verdictOf(await handle('workloads', review, LIMIT))).toMatchObject({ allowed: true })
  })
})
