import { describe, expect, test } from 'vitest'
import type { Action } from '../../src/core/rules.ts'
import { exitCodeOf } from '../../src/review/result.ts'
import { podYaml, resultOf } from './review-text.ts'

const fine = podYaml('fine', '{dapr.io/shared: orders}')
const warned = podYaml('warned', '{dapr.io/shared: orders, dapr.io/shared-typo: x}')
const denied = podYaml('denied', '{dapr.io/shared: nothing}')
const deniedAndWarned = podYaml('both', '{dapr.io/shared: nothing, dapr.io/shared-typo: x}')
const skipped = podYaml('skipped', '{}')
const skippedAndWarned = podYaml('told', '{dapr.io/shared-typo: x}')
const forged =
  '{apiVersion: v1, kind: Pod, metadata: {name: forged, labels: {shared.dapr.io/app-id: x}}, spec: {containers: [{name: a}]}}\n'

const of = (...pods: string[]): ReturnType<typeof resultOf> => resultOf(pods.join('---\n'))

describe('the summary', () => {
  test.each([
    [[fine], { allowed: 1, denied: 0, warned: 0, skipped: 0 }],
    [[warned], { allowed: 1, denied: 0, warned: 1, skipped: 0 }],
    [[denied], { allowed: 0, denied: 1, warned: 0, skipped: 0 }],
    [[deniedAndWarned], { allowed: 0, denied: 1, warned: 1, skipped: 0 }],
    [[skipped], { allowed: 0, denied: 0, warned: 0, skipped: 1 }],
    [[skippedAndWarned], { allowed: 0, denied: 0, warned: 1, skipped: 1 }],
    [[forged], { allowed: 0, denied: 1, warned: 0, skipped: 0 }],
    [[fine, warned, denied, skipped, fine], { allowed: 3, denied: 1, warned: 1, skipped: 1 }],
  ])('counts each object once as allowed, denied or skipped: %#', async (pods, summary) => {
    const result = await of(...pods)
    expect(result.summary).toEqual(summary)
    expect(summary.allowed + summary.denied + summary.skipped).toBe(result.items.length)
  })
})

describe('the exit code', () => {
  const lenient = { failOn: 'Deny', allowEmpty: false, unknown: [] } as const

  test.each<[string, string[], Action, number]>([
    ['everything admitted', [fine], 'Deny', 0],
    ['something denied', [fine, denied], 'Deny', 1],
    ['a warning', [warned], 'Deny', 0],
    ['a warning that counts', [warned], 'Warn', 1],
    ['a warning that counts for more than it is', [warned], 'Audit', 1],
    ['nothing to say, however strict', [fine], 'Audit', 0],
    ['a denial, however strict', [denied], 'Audit', 1],
    ['nothing that asks', [skipped], 'Deny', 4],
    ['a denial among what does not ask', [skipped, forged], 'Deny', 1],
    ['a warning among what does not ask', [skippedAndWarned], 'Warn', 1],
    ['a warning that does not count among what does not ask', [skippedAndWarned], 'Deny', 4],
  ])('%s', async (_, pods, failOn, code) => {
    expect(exitCodeOf(await of(...pods), { failOn, allowEmpty: false, unknown: [] })).toBe(code)
  })

  test('nothing at all is nothing tested', async () => {
    expect(exitCodeOf({ items: [] }, lenient)).toBe(4)
    expect(exitCodeOf({ items: [] }, { ...lenient, allowEmpty: true })).toBe(0)
  })

  test('a fact that stays unknown makes the answer incomplete where its rule would count', async () => {
    const incomplete = (unknown: Action[]) => async (pods: string[]) =>
      exitCodeOf(await of(...pods), { ...lenient, unknown })
    expect(await incomplete(['Deny'])([fine])).toBe(3)
    expect(await incomplete(['Deny'])([skipped])).toBe(3)
    expect(await incomplete(['Warn', 'Audit'])([fine])).toBe(0)
    expect(await incomplete(['Deny'])([denied])).toBe(1)
  })

  test('--allow-empty is no excuse for a denial', async () => {
    expect(exitCodeOf(await of(denied), { ...lenient, allowEmpty: true })).toBe(1)
  })
})
