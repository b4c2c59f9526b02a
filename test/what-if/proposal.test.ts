import { describe, expect, test } from 'vitest'
import { readRemoval } from '../../src/what-if/proposal.ts'

describe('what is taken away is named', () => {
  test.each([
    ['DaprSharedPolicy/prod', { kind: 'DaprSharedPolicy', namespace: '', name: 'prod' }],
    ['dsp/prod', { kind: 'DaprSharedPolicy', namespace: '', name: 'prod' }],
    ['daprsharedpolicies/prod', { kind: 'DaprSharedPolicy', namespace: '', name: 'prod' }],
    ['DaprSharedGrant/pay/till', { kind: 'DaprSharedGrant', namespace: 'pay', name: 'till' }],
    ['DaprSharedGrant/till', { kind: 'DaprSharedGrant', namespace: 'shop', name: 'till' }],
    ['dsx/pay/cart', { kind: 'DaprSharedException', namespace: 'pay', name: 'cart' }],
    ['DSI/pay/outside', { kind: 'DaprSharedInstance', namespace: 'pay', name: 'outside' }],
  ])('%s', (text, removal) => {
    expect(readRemoval(text, 'shop')).toEqual(removal)
  })

  test.each([
    ['', 'no kind'],
    ['prod', 'no kind'],
    ['DaprSharedPolicy', 'no name'],
    ['DaprSharedPolicy/', 'an empty name'],
    ['DaprSharedPolicy/shop/prod', 'a policy is of no namespace'],
    ['DaprSharedGrant//till', 'an empty namespace'],
    ['DaprSharedGrant/a/b/c', 'too much'],
    ['Namespace/shop', 'nothing that governs'],
  ])('and not as %j: %s', (text) => {
    expect(readRemoval(text, 'shop')).toBeUndefined()
  })
})
