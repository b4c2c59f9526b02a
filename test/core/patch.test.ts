import * as fc from 'fast-check'
import jsonpatch, { type Operation } from 'fast-json-patch'
import { describe, expect, test } from 'vitest'
import { patchProblem } from '../../src/core/check-patch.ts'
import type { Question } from '../../src/core/decide.ts'
import { isAllowed, type Decision } from '../../src/core/decision.ts'
import { toJsonPatch } from '../../src/core/json-patch.ts'
import type { Pod } from '../../src/core/pod.ts'
import { arbitraryPod } from './arbitrary-pod.ts'
import { decideNow } from './a-question.ts'
import { aDaprd, aWorkload, inventoryOf, podOf } from './builders.ts'

const inventory = inventoryOf(
  aWorkload(),
  aWorkload({ appId: 'tokenless', kind: 'Deployment', daprd: aDaprd({ token: { kind: 'none' } }) }),
)

/** Making thousands of pods takes a second, on a machine that has nothing else to do. */
const PATIENCE = 60_000

const OURS = new Set(['DAPR_HTTP_ENDPOINT', 'DAPR_GRPC_ENDPOINT', 'DAPR_API_TOKEN'])

const decided = (pod: Pod, stage: Question['stage'] = 'mutate'): Decision =>
  decideNow({ stage, pod, inventory })

/** The pod as an API server makes it of ours and the patch, which it applies strictly. */
function admit(loose: Record<string, unknown>): { before: Loose; after: Loose; decision: Decision } {
  const pod = podOf(loose)
  const decision = decided(pod)
  const operations = toJsonPatch(pod, decision.edits)
  expect(patchProblem(pod, operations)).toBeUndefined()
  const after = jsonpatch.applyPatch(structuredClone(loose), operations as Operation[], true).newDocument
  return { before: loose as unknown as Loose, after: after as unknown as Loose, decision }
}

interface Loose {
  metadata: { annotations: Record<string, string>; labels?: Record<string, string> | null }
  spec: { containers: LooseContainer[]; initContainers?: LooseContainer[] | null }
}
interface LooseContainer {
  name: string
  env?: { name: string }[] | null
}

const injected = (check: (admitted: ReturnType<typeof admit>) => void): void => {
  fc.assert(
    fc.property(arbitraryPod(), (pod) => {
      const admitted = admit(pod)
      if (isAllowed(admitted.decision)) check(admitted)
    }),
    { numRuns: 200 },
  )
}

describe('whatever pod asks, the patch that it gets', { timeout: PATIENCE }, () => {
  test('applies, and nothing but variables, our status and our labels is changed, to the byte', () => {
    injected(({ before, after }) => {
      expect(JSON.stringify(withoutOurs(after, before))).toBe(JSON.stringify(withoutOurs(before, before)))
    })
  })

  test("keeps the order of the container's own variables, and puts ours before them", () => {
    injected(({ before, after }) => {
      for (const [index, container] of allContainers(after).entries()) {
        const env = container.env ?? []
        const was = allContainers(before)[index]?.env ?? []
        const own = (list: typeof env): string[] =>
          list.filter(({ name }) => !OURS.has(name)).map((variable) => JSON.stringify(variable))
        expect(own(env)).toEqual(own(was))
        const names = was.map(({ name }) => name)
        const added = env.slice(0, Math.max(0, env.length - was.length)).map(({ name }) => name)
        for (const name of added) {
          expect(OURS).toContain(name)
          expect(names).not.toContain(name)
        }
      }
    })
  })

  test('is empty when the patched pod comes again', () => {
    injected(({ after }) => {
      const again = decided(podOf(after))
      expect(toJsonPatch(podOf(after), again.edits)).toEqual([])
      expect(isAllowed(again)).toBe(true)
    })
  })

  test('makes a pod that the final check admits', () => {
    injected(({ after }) => {
      const last = decided(podOf(after), 'validate')
      expect(last.findings.filter(({ action }) => action === 'Deny')).toEqual([])
      expect(last.edits).toEqual([])
    })
  })

  test('gives every injected container both endpoints, and no other container anything', () => {
    injected(({ before, after }) => {
      const { containers } = JSON.parse(after.metadata.annotations['dapr.io/shared-status'] ?? '') as {
        containers: string[]
      }
      expect(containers.length).toBeGreaterThan(0)
      for (const [index, container] of allContainers(after).entries()) {
        const names = (container.env ?? []).map(({ name }) => name)
        if (containers.includes(container.name)) {
          expect(names).toEqual(expect.arrayContaining(['DAPR_HTTP_ENDPOINT', 'DAPR_GRPC_ENDPOINT']))
        } else {
          expect(container).toEqual(allContainers(before)[index])
        }
      }
    })
  })

  test('never sets a variable a second time', () => {
    injected(({ before, after }) => {
      for (const [index, container] of allContainers(after).entries()) {
        const was = countNames(allContainers(before)[index])
        for (const [name, times] of countNames(container)) {
          expect(times).toBeLessThanOrEqual(Math.max(1, was.get(name) ?? 0))
        }
      }
    })
  })
})

test('keys that mean something to JavaScript are keys like any other', () => {
  const loose = JSON.parse(
    '{"__proto__":{"a":1},"metadata":{"__proto__":"x","annotations":{"dapr.io/shared":"orders","__proto__":"y","constructor":"z"},"labels":{"__proto__":"l"}},"spec":{"containers":[{"name":"app","__proto__":{"b":2},"env":[{"name":"__proto__","value":"v"},{"__proto__":"w","name":"DAPR_HTTP_ENDPOINT"}]}]}}',
  ) as Record<string, unknown>
  const operations = toJsonPatch(podOf(loose), decided(podOf(loose)).edits)
  const after = JSON.stringify(
    jsonpatch.applyPatch(structuredClone(loose), operations as Operation[], true).newDocument,
  )
  expect(after).toContain(
    '{"__proto__":{"a":1},"metadata":{"__proto__":"x","annotations":{"dapr.io/shared":"orders","__proto__":"y","constructor":"z"',
  )
  expect(after).toContain('"labels":{"__proto__":"l","shared.dapr.io/app-id":"orders"')
  expect(after).toContain('{"name":"app","__proto__":{"b":2},"env":[{"name":"DAPR_GRPC_ENDPOINT"')
  expect(after).toContain(
    '{"name":"__proto__","value":"v"},{"__proto__":"w","name":"DAPR_HTTP_ENDPOINT","value":"http://orders-dapr.shop.svc.cluster.local:3500"}]',
  )
})

test('the pods of these properties are of every kind that matters', { timeout: PATIENCE }, () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(arbitraryPod(), (pod) => {
      const { decision } = admit(pod)
      seen.add(decision.outcome)
      for (const { kind } of decision.edits) seen.add(kind)
      for (const { rule } of decision.findings) seen.add(rule)
    }),
    { numRuns: 200, seed: 7 },
  )
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'injected',
      'denied',
      'insert-env',
      'fill-env',
      'remove-env',
      'annotate',
      'label',
      'env.conflict',
      'label.forged',
    ]),
  )
})

/** A pod without what may be changed; of `labels` that were absent or null and hold nothing else, without those. */
function withoutOurs({ metadata, spec, ...rest }: Loose, before: Loose): unknown {
  const { labels, annotations } = metadata
  const { 'dapr.io/shared-status': _, ...ownAnnotations } = annotations
  const {
    'shared.dapr.io/app-id': _id,
    'shared.dapr.io/app-namespace': _namespace,
    ...ownLabels
  } = labels ?? {}
  const hadLabels = before.metadata.labels != null
  const bare: Record<string, unknown> = { ...metadata, annotations: ownAnnotations, labels: ownLabels }
  if (!hadLabels && Object.keys(ownLabels).length === 0) delete bare['labels']
  return {
    ...rest,
    metadata: bare,
    spec: {
      ...spec,
      containers: spec.containers.map(withoutEnv),
      ...(spec.initContainers == null ? {} : { initContainers: spec.initContainers.map(withoutEnv) }),
    },
  }
}

function withoutEnv(container: LooseContainer): unknown {
  const { env: _, ...rest } = container
  return rest
}

function allContainers({ spec }: Loose): LooseContainer[] {
  return [...spec.containers, ...(spec.initContainers ?? [])]
}

function countNames(container: LooseContainer | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of container?.env ?? [])
    if (OURS.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
