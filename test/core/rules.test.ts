import { describe, expect, test } from 'vitest'
import { finding, inCatalogueOrder, RULE_IDS, RULES, type RuleId } from '../../src/core/rules.ts'

/** The table of rules that users see, in the order in which a message tells them. */
const DEFAULTS: readonly (readonly [RuleId, 'Deny' | 'Warn' | 'Audit'])[] = [
  ['annotation.invalid', 'Deny'],
  ['annotation.changed', 'Deny'],
  ['label.forged', 'Deny'],
  ['annotation.unknown', 'Warn'],
  ['instance.missing', 'Deny'],
  ['instance.ambiguous', 'Deny'],
  ['instance.misconfigured', 'Deny'],
  ['instance.not-ready', 'Warn'],
  ['instance.defect', 'Audit'],
  ['strategy.not-allowed', 'Deny'],
  ['namespace.not-granted', 'Deny'],
  ['sidecar.conflict', 'Deny'],
  ['env.conflict', 'Warn'],
  ['token.unreachable', 'Deny'],
  ['dns.unresolvable', 'Warn'],
  ['locality.not-local', 'Audit'],
  ['app-channel.mismatch', 'Warn'],
  ['security.api-token', 'Audit'],
  ['security.mtls', 'Audit'],
  ['security.secret-store', 'Audit'],
  ['security.exposed-service', 'Audit'],
  ['injection.incomplete', 'Deny'],
]

test.each(DEFAULTS)('%s is a rule, and by default %s', (id, action) => {
  expect(finding(id, { message: 'm', cure: 'c' })).toMatchObject({
    rule: id,
    action,
    policy: 'built-in',
    field: '',
  })
})

test('findings stand in the order of the table', () => {
  const order = DEFAULTS.map(([id]) => id)
  const known = RULE_IDS.filter((id) => order.includes(id))
  expect(known).toEqual(order)
  const findings = known.toReversed().map((id) => finding(id, { message: 'm', cure: 'c' }))
  expect(findings.toSorted(inCatalogueOrder).map(({ rule }) => rule)).toEqual(known)
})

describe('a denial that rests on the inventory is looked up live before it is spoken', () => {
  test.each<RuleId>([
    'instance.missing',
    'instance.ambiguous',
    'instance.misconfigured',
    'strategy.not-allowed',
  ])('%s', (id) => {
    expect(RULES[id].overInventory).toBe(true)
  })

  test.each<RuleId>(['namespace.not-granted', 'annotation.invalid', 'label.forged', 'sidecar.conflict'])(
    'not %s',
    (id) => {
      expect(RULES[id].overInventory).toBe(false)
    },
  )
})
