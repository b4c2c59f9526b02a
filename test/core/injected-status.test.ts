import { describe, expect, test } from 'vitest'
import { readStatus } from '../../src/core/injected-status.ts'
import { aPod } from './builders.ts'

const claimOf = (status: string): ReturnType<typeof readStatus> =>
  readStatus(aPod({ annotations: { 'dapr.io/shared-status': status } }))

describe('a status that came with a pod', () => {
  test('claims an instance and its Service', () => {
    expect(claimOf('{"instance":"shop/orders","service":"shop/orders-dapr","containers":["app"]}')).toEqual({
      instance: 'shop/orders',
      serviceHost: 'orders-dapr.shop.svc',
    })
  })

  test.each(['', 'nonsense', 'null', '7', '"text"', '[]', '[{"instance":"a/b"}]', '{"instance":"a/b"'])(
    '%j claims nothing',
    (status) => {
      expect(claimOf(status)).toBeUndefined()
    },
  )

  test.each([
    ['{}', '', ''],
    ['{"instance":null,"skipped":"instance.missing","containers":[]}', '', ''],
    ['{"instance":7,"service":["shop/orders-dapr"]}', '', ''],
    ['{"instance":"shop/orders","service":"orders-dapr"}', 'shop/orders', ''],
    ['{"instance":"shop/orders","service":"/orders-dapr"}', 'shop/orders', ''],
    ['{"instance":"shop/orders","service":"shop/"}', 'shop/orders', ''],
  ])('%s claims %j and the host %j', (status, instance, serviceHost) => {
    expect(claimOf(status)).toEqual({ instance, serviceHost })
  })

  test('is absent from a pod that has none', () => {
    expect(readStatus(aPod())).toBeUndefined()
  })
})
