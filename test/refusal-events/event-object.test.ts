import { describe, expect, test } from 'vitest'
import { eventName } from '../../src/refusal-events/event-object.ts'

const owner = { group: 'apps', version: 'v1', kind: 'Deployment', name: 'web', uid: 'd1' }

describe('the name of an Event', () => {
  test('is the same for everybody who tells of the same refusal', () => {
    expect(eventName({ owner, note: 'x' })).toBe(eventName({ owner: { ...owner }, note: 'x' }))
  })

  test('is another for another owner of that name, and for another note', () => {
    const names = [
      { owner, note: 'x' },
      { owner: { ...owner, uid: 'd2' }, note: 'x' },
      { owner, note: 'y' },
    ]
    expect(new Set(names.map(eventName)).size).toBe(3)
  })

  test.each(['a'.repeat(253), `${'a'.repeat(198)}.-${'b'.repeat(53)}`])(
    'is one that Kubernetes takes',
    (name) => {
      const made = eventName({ owner: { ...owner, name }, note: 'x' })
      expect(made.length).toBeLessThanOrEqual(253)
      for (const label of made.split('.')) expect(label).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    },
  )
})
