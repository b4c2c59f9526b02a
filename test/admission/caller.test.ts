import { expect, test } from 'vitest'
import { callerOf } from '../../src/admission/caller.ts'

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
])('%j counts as %j', (address, caller) => {
  expect(callerOf(address)).toBe(caller)
})

test('two addresses of one IPv6 network are one caller, two of IPv4 are two', () => {
  expect(callerOf('2001:db8::1')).toBe(callerOf('2001:db8::ffff:2'))
  expect(callerOf('10.0.0.1')).not.toBe(callerOf('10.0.0.2'))
})
