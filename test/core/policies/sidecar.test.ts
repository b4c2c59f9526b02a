import { describe, expect, test } from 'vitest'
import { aPolicy } from '../a-question.ts'
import { asking, decideUnder, envOf, instances, patched, told } from './a-case.ts'

type Mode = 'Deny' | 'PreferSidecar' | 'PreferShared'

const enabled = asking({ 'dapr.io/enabled': 'true' })
const container = asking({}, { containers: [{ name: 'app' }, { name: 'daprd' }] })
const mode = (
  conflict: Mode | undefined,
  name: string = conflict ?? 'strict',
  action: 'Deny' | 'Warn' = 'Deny',
) =>
  aPolicy(
    { rules: { sidecar: conflict === undefined ? {} : { conflict } }, validationActions: [action] },
    name.toLowerCase(),
  )

describe('a pod that asks for a sidecar too', () => {
  test.each<[string, readonly (Mode | undefined)[], string]>([
    ['no policy', [], 'denied'],
    ['Deny', ['Deny'], 'denied'],
    ['a part without a mode', [undefined], 'denied'],
    ['PreferSidecar', ['PreferSidecar'], 'admitted'],
    ['PreferShared', ['PreferShared'], 'injected'],
    ['Deny before PreferSidecar', ['PreferSidecar', 'Deny'], 'denied'],
    ['Deny before PreferShared', ['PreferShared', 'Deny'], 'denied'],
    ['PreferSidecar before PreferShared', ['PreferShared', 'PreferSidecar'], 'admitted'],
  ])('%s', (_, modes, outcome) => {
    expect(
      decideUnder(
        modes.map((one) => mode(one)),
        { pod: enabled },
      ).outcome,
    ).toBe(outcome)
  })

  test.each(['y', 'yes', 'TRUE', 't', 'On', '1'])('by %s', (value) => {
    expect(decideUnder([mode('PreferSidecar')], { pod: asking({ 'dapr.io/enabled': value }) }).outcome).toBe(
      'admitted',
    )
  })

  test('is left alone by PreferSidecar: no variables, no labels, a status that says why', () => {
    const after = patched(enabled, decideUnder([mode('PreferSidecar')], { pod: enabled }))
    expect(envOf(after)).toEqual({})
    expect(after.metadata.labels ?? {}).toEqual({})
    expect(after.metadata.annotations).toMatchObject({
      'dapr.io/enabled': 'true',
      'dapr.io/shared-status': '{"instance":null,"skipped":"sidecar.conflict","containers":[]}',
    })
  })

  test('loses the sidecar by PreferShared, and is asked no more the second time', () => {
    const policies = [mode('PreferShared')]
    const after = patched(enabled, decideUnder(policies, { pod: enabled }))
    expect(after.metadata.annotations?.['dapr.io/enabled']).toBe('false')
    expect(envOf(after)).toHaveProperty('DAPR_HTTP_ENDPOINT')
    expect(decideUnder(policies, { pod: after })).toMatchObject({ outcome: 'unchanged', findings: [] })
    expect(decideUnder(policies, { pod: after, stage: 'validate' })).toMatchObject({
      outcome: 'unchanged',
      findings: [],
    })
  })

  test('keeps dapr.io/enabled without a policy that says PreferShared', () => {
    const off = asking({ 'dapr.io/enabled': 'false' })
    expect(decideUnder([mode('PreferShared')], { pod: off }).findings).toEqual([])
    const warned = decideUnder([mode('Deny', 'deny', 'Warn')], { pod: enabled })
    expect(warned.outcome).toBe('admitted')
    expect(patched(enabled, warned).metadata.annotations?.['dapr.io/enabled']).toBe('true')
  })

  test('is told which policy decided', () => {
    expect(told(decideUnder([mode('Deny')], { pod: enabled }))).toEqual(['sidecar.conflict Deny deny'])
    expect(told(decideUnder([mode('PreferShared'), mode('PreferSidecar')], { pod: enabled }))).toEqual([
      'sidecar.conflict Warn prefersidecar',
    ])
  })
})

describe('a pod with a container daprd', () => {
  test.each<[string, readonly Mode[], string]>([
    ['no policy', [], 'denied'],
    ['Deny', ['Deny'], 'denied'],
    ['PreferShared: it cannot be taken away', ['PreferShared'], 'denied'],
    ['PreferSidecar', ['PreferSidecar'], 'admitted'],
    ['PreferSidecar before PreferShared', ['PreferShared', 'PreferSidecar'], 'admitted'],
  ])('%s', (_, modes, outcome) => {
    expect(
      decideUnder(
        modes.map((one) => mode(one)),
        { pod: container },
      ).outcome,
    ).toBe(outcome)
  })

  test('that PreferSidecar left alone passes the last check with its sidecar', () => {
    const policies = [mode('PreferSidecar')]
    const after = patched(enabled, decideUnder(policies, { pod: enabled }))
    const withSidecar = {
      ...after,
      spec: { ...after.spec, containers: [...after.spec.containers, { name: 'daprd' }] },
    }
    expect(decideUnder(policies, { pod: withSidecar, stage: 'validate' }).outcome).toBe('admitted')
  })

  test('stays refused where a policy that only records also says Deny', () => {
    const recording = aPolicy(
      { rules: { sidecar: { conflict: 'Deny' } }, validationActions: ['Audit'] },
      'recording',
    )
    const policies = [mode('PreferShared')]
    expect(decideUnder(policies, { pod: container }).outcome).toBe('denied')
    expect(decideUnder([...policies, recording], { pod: container, inventory: instances() }).outcome).toBe(
      'denied',
    )
  })
})
