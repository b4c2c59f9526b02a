import { describe, expect, test } from 'vitest'
import { readAsk } from '../../src/core/ask.ts'
import { readStatus } from '../../src/core/injected-status.ts'
import type { Pod } from '../../src/core/pod.ts'

const podWith = (annotations: Record<string, string>): Pod => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'app' }] },
})

/** Kubernetes checks the size of annotations only after it has called us. */
describe('an annotation of megabytes', () => {
  test.each([
    ['dapr.io/shared', '/'.repeat(4_000_000)],
    ['dapr.io/shared-token-secret', '/'.repeat(4_000_000)],
    ['dapr.io/shared-containers', 'a,'.repeat(2_000_000)],
    ['dapr.io/shared-strategy', 'X'.repeat(4_000_000)],
  ])('in %s is invalid, and told in a few words', (key, value) => {
    const ask = readAsk(podWith({ 'dapr.io/shared': 'order', [key]: value }), 'shop')
    const complaints = ask.kind === 'invalid' ? ask.complaints : []
    expect(complaints).toHaveLength(1)
    expect(complaints[0]?.message.length).toBeLessThan(300)
  })

  test('in the status counts as none', () => {
    const status = JSON.stringify({
      instance: 'shop/order',
      service: 'shop/order-dapr',
      containers: Array(40_000).fill('a'),
    })
    expect(readStatus(podWith({ 'dapr.io/shared-status': status }))).toBeUndefined()
  })
})
