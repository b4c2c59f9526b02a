import { describe, expect, test } from 'vitest'
import { readAsk, type InstanceAsk } from '../../src/core/ask.ts'
import { chooseInstance } from '../../src/core/choose-instance.ts'
import { aPod, aWorkload, inventoryOf } from './builders.ts'

function askFor(appId: string): InstanceAsk {
  const ask = readAsk(aPod({ annotations: { 'dapr.io/shared': appId } }), 'shop')
  if (ask.kind !== 'instance') throw new Error(ask.kind)
  return ask
}

const inventory = inventoryOf(
  ...['g', 'b', 'e', 'a', 'f', 'c', 'd'].map((appId) => aWorkload({ appId })),
  aWorkload({ namespace: 'pay', appId: 'orders' }),
)

test('an instance is found by namespace and app-id', () => {
  expect(chooseInstance(askFor('c'), inventory)).toMatchObject({ kind: 'found', instance: { appId: 'c' } })
})

describe('where there is none', () => {
  test('the first five by name are listed, and how many there are', () => {
    expect(chooseInstance(askFor('orders'), inventory)).toMatchObject({
      kind: 'missing',
      existing: ['a', 'b', 'c', 'd', 'e'],
      existingCount: 7,
    })
  })

  test('in an empty namespace nothing is listed', () => {
    expect(chooseInstance(askFor('orders'), new Map())).toEqual({
      kind: 'missing',
      near: [],
      existing: [],
      existingCount: 0,
      isSidecarApp: false,
      unusable: undefined,
    })
  })

  test.each(['__proto__', 'constructor', 'toString'])('a name like %s is only a name', (appId) => {
    expect(chooseInstance({ ...askFor('orders'), appId }, inventory)).toMatchObject({ kind: 'missing' })
    expect(chooseInstance({ ...askFor('orders'), namespace: appId }, inventory)).toMatchObject({
      kind: 'missing',
    })
  })
})
