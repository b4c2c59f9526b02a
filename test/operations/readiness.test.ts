import { describe, expect, test } from 'vitest'
import { checkReadiness, type ReadinessCheck } from '../../src/operations/readiness.ts'

const fine = (name: string): ReadinessCheck => ({ name, problem: () => undefined })
const wrong = (name: string, problem: string): ReadinessCheck => ({ name, problem: () => problem })

describe('being ready', () => {
  test('is when all conditions are met', () => {
    expect(checkReadiness([fine('serving'), fine('cache services')])).toEqual({
      ready: true,
      text: '[+] serving ok\n[+] cache services ok\nready\n',
    })
  })

  test('is not when one is not met, and all are told', () => {
    expect(checkReadiness([fine('serving'), wrong('cache services', 'not read completely yet')])).toEqual({
      ready: false,
      text: '[+] serving ok\n[-] cache services: not read completely yet\nnot ready\n',
    })
  })

  test('is asked anew each time', () => {
    let problem: string | undefined = 'draining'
    const checks = [{ name: 'serving', problem: () => problem }]
    expect(checkReadiness(checks).ready).toBe(false)
    problem = undefined
    expect(checkReadiness(checks).ready).toBe(true)
  })
})
