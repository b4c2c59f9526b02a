import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/kube/call-errors.ts'
import { oneLine, readRefusal } from '../../src/server-dry-run/read-refusal.ts'

const read = (status: number, message: string, reason = 'AsInAStatus'): object => {
  const { message: _, ...rest } = readRefusal(new ApiError({ status, reason, message }))
  return rest
}

describe('who says no is told by how the sentence of the API server begins', () => {
  test.each([
    [
      403,
      'admission webhook "mutate.shared.dapr.io" denied the request: [instance.missing] no instance.',
      { outcome: 'refused', by: { kind: 'webhook', name: 'mutate.shared.dapr.io' } },
    ],
    [
      400,
      'admission webhook "x.example.com" denied the request without explanation',
      { outcome: 'refused', by: { kind: 'webhook', name: 'x.example.com' } },
    ],
    [
      500,
      'Internal error occurred: failed calling webhook "x.example.com": failed to call webhook: Post "https://x": connect: connection refused',
      { outcome: 'unknown', by: { kind: 'webhook', name: 'x.example.com' } },
    ],
    [
      400,
      'admission webhook "x.example.com" does not support dry run',
      { outcome: 'unknown', by: { kind: 'webhook', name: 'x.example.com' } },
    ],
    [
      422,
      `pods "app" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'everywhere' denied request: no latest`,
      { outcome: 'refused', by: { kind: 'policy', name: 'no-latest' } },
    ],
    [
      403,
      'pods "app-" is forbidden: violates PodSecurity "restricted:v1.30": allowPrivilegeEscalation != false',
      { outcome: 'refused', by: { kind: 'pod-security', name: 'restricted:v1.30' } },
    ],
    [
      403,
      'pods "app" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3',
      { outcome: 'refused', by: { kind: 'quota', name: 'small' } },
    ],
    [
      403,
      'pods "app" is forbidden: failed quota: small: must specify cpu for: app',
      { outcome: 'refused', by: { kind: 'quota', name: 'small' } },
    ],
    [
      403,
      'pods "app" is forbidden: [maximum cpu usage per Container is 1, but limit is 2]',
      { outcome: 'refused', by: { kind: 'admission', name: '' } },
    ],
    [
      422,
      'Pod "app" is invalid: spec.containers[0].image: Required value',
      { outcome: 'refused', by: { kind: 'validation', name: '' } },
    ],
    [
      403,
      'pods is forbidden: User "alice" cannot create resource "pods" in API group "" in the namespace "shop"',
      { outcome: 'unknown', by: { kind: 'authorization', name: '' } },
    ],
    [401, 'Unauthorized', { outcome: 'unknown', by: { kind: 'authorization', name: '' } }],
    [
      503,
      'the server is currently unable to handle the request',
      { outcome: 'unknown', by: { kind: 'server', name: '' } },
    ],
    [
      504,
      'Timeout: request did not complete within requested timeout',
      { outcome: 'unknown', by: { kind: 'server', name: '' } },
    ],
    [429, 'too many requests', { outcome: 'unknown', by: { kind: 'server', name: '' } }],
  ])('%i %s', (status, message, expected) => {
    expect(read(status, message)).toMatchObject(expected)
  })

  test.each([403, 400, 404, 409, 413, 422])(
    'an answer %i that is no Status is of a proxy on the way, which judged nobody',
    (status) => {
      expect(read(status, '<html>Forbidden by proxy</html>', '')).toEqual({
        outcome: 'unknown',
        by: { kind: 'server', name: '' },
      })
    },
  )

  test('a webhook cannot speak for another by its own words', () => {
    expect(
      read(
        403,
        'admission webhook "a.example.com" denied the request: pods "x" is forbidden: exceeded quota: q, admission webhook "mutate.shared.dapr.io" denied the request: no',
      ),
    ).toMatchObject({ by: { kind: 'webhook', name: 'a.example.com' } })
  })

  test.each([
    ['namespaces "shop" not found', 404, { kind: 'Namespace', name: 'shop' }],
    [
      'pods "x" is forbidden: error looking up service account shop/app: serviceaccount "app" not found',
      403,
      { kind: 'ServiceAccount', name: 'app' },
    ],
    [
      'pods "x" is forbidden: no PriorityClass with name high was found',
      403,
      { kind: 'PriorityClass', name: 'high' },
    ],
  ])('what the cluster lacks is named: %s', (message, status, lacks) => {
    expect(read(status, message)).toMatchObject({ outcome: 'refused', lacks })
  })

  test('what others say steers no terminal, and stays one line', () => {
    expect(oneLine('a\u001B[2Jb\nc\u2028d\u0007')).toBe('a [2Jb c d')
    expect(
      readRefusal(new ApiError({ status: 403, reason: '', message: 'pods\n"x"\u001B]0;t\u0007' })).message,
    ).toBe('pods "x" ]0;t')
  })
})
