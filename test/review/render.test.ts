import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Format } from '../../src/report/formats.ts'
import { render } from '../../src/report/render.ts'
import { answerReview } from '../../src/review/answer-review.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { contextOf, instanceYaml, podYaml, reviewAll } from './review-text.ts'

const input = [
  podYaml('injected', '{dapr.io/shared: orders}', '{containers: [{name: app, env: [{name: A, value: b}]}]}'),
  podYaml('warned', '{dapr.io/shared: orders, dapr.io/shared-token-secret: a/b, dapr.io/shared-typo: x}'),
  podYaml('refused', '{dapr.io/shared: nothing}'),
  podYaml('plain', '{}'),
].join('---\n')

async function rendered(
  format: Format,
  { colour = false, verbose = false } = {},
  text = input,
  context = contextOf(),
): Promise<string> {
  const reviewed = await reviewAll(text, context)
  return render(
    format,
    answerReview({ reviewed, unanswered: [] }, { verbose, failOn: 'Deny', allowEmpty: false }),
    { colour },
  )
}

describe('json', () => {
  test('is one ReviewResult with its items and summary', async () => {
    const result = JSON.parse(await rendered('json')) as Record<string, unknown>
    expect(Object.keys(result)).toEqual(['apiVersion', 'kind', 'items', 'incomplete', 'summary'])
    expect(result).toMatchObject({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'ReviewResult',
      summary: { allowed: 2, denied: 1, warned: 1, skipped: 1 },
    })
    expect(result['items']).toHaveLength(4)
  })

  test('of nothing is whole too', async () => {
    expect(JSON.parse(await rendered('json', {}, ''))).toEqual({
      apiVersion: 'shared.dapr.io/v1alpha1',
      kind: 'ReviewResult',
      items: [],
      incomplete: [],
      summary: { allowed: 0, denied: 0, warned: 0, skipped: 0 },
    })
  })
})

test('yaml says the same as json, in one document without anchors', async () => {
  const yaml = await rendered('yaml')
  expect(parse(yaml)).toEqual(JSON.parse(await rendered('json')))
  expect(yaml).not.toMatch(/[&*]a\d/)
})

test('patch is one array a line, for each object, empty ones too', async () => {
  const lines = (await rendered('patch')).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => (JSON.parse(line) as unknown[]).length)).toEqual([5, 3, 0, 0])
})

describe('text', () => {
  const blocks = (text: string): string[] => text.trimEnd().split('\n\n')

  test('has a block for each object that asks or is told something, and a summary', async () => {
    expect(blocks(await rendered('text')).map((block) => block.split('\n')[0])).toEqual([
      'input.yaml:1  Pod shop/injected: injected',
      'input.yaml:3  Pod shop/warned: injected',
      'input.yaml:5  Pod shop/refused: refused',
      '4 objects: 2 admitted, 1 refused, 1 did not ask; 1 with warnings',
    ])
  })

  test('shows what would change as a diff of the pod', async () => {
    expect(blocks(await rendered('text'))[0]).toContain(`
   spec:
     containers:
       - name: app
         env:
  +        - name: DAPR_HTTP_ENDPOINT
  +          value: http://orders-dapr.shop.svc.cluster.local:3500
  +        - name: DAPR_GRPC_ENDPOINT
  +          value: http://orders-dapr.shop.svc.cluster.local:50001
  +        - name: DAPR_API_TOKEN
  +          valueFrom:
  +            secretKeyRef:
  +              name: orders
  +              key: token
           - name: A
             value: b`)
  })

  test('tells findings with rule, place and cure, and notes', async () => {
    expect(blocks(await rendered('text'))[1]).toContain(`
  Warn [annotation.unknown] no annotation "dapr.io/shared-typo".
    input.yaml:3 Did you mean`)
    expect(blocks(await rendered('text'))[1]).toContain('\n  note: dapr.io/shared-token-secret has no effect')
    expect(blocks(await rendered('text'))[2]).toMatch(
      /\n {2}Deny \[instance\.missing\] no Dapr Shared instance "nothing" .*\n {4}input\.yaml:5 Create it: /,
    )
  })

  test('tells what is only recorded in short, and in full when asked to', async () => {
    const tokenless = contextOf(
      parseManifests(instanceYaml().replace('--enable-mtls=true', '--x'), 's').manifests,
    )
    const pod = podYaml('web', '{dapr.io/shared: orders}')
    const text = (verbose: boolean) => rendered('text', { verbose }, pod, tokenless)
    expect(await text(false)).toContain('  recorded only (--verbose tells more): security.mtls\n')
    expect(await text(false)).not.toContain('--enable-mtls=true')
    expect(await text(true)).toContain('  Audit [security.mtls] daprd of DaemonSet/orders runs without mTLS')
    expect(await text(true)).not.toContain('recorded only')
  })

  test('says of a pod that has everything that it is unchanged', async () => {
    const [reviewed] = await reviewAll(podYaml('web', '{dapr.io/shared: orders}'))
    const again = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...reviewed?.after })
    expect(await rendered('text', {}, again)).toBe(
      'input.yaml:1  Pod shop/web: admitted unchanged\n\n1 object: 1 admitted, 0 refused, 0 did not ask; 0 with warnings\n',
    )
  })

  test('has colour only where it is wanted', async () => {
    expect(await rendered('text')).not.toContain('\u001b')
    expect(await rendered('text', { colour: true })).toContain('\u001b[31m')
  })
})

test.each(['text', 'json', 'yaml', 'patch'] as const)('%s ends with a line break', async (format) => {
  expect(await rendered(format)).toMatch(/\n$/)
})

describe('an object that nobody can decide', () => {
  const answer = async (): Promise<ReturnType<typeof answerReview>> =>
    answerReview(
      {
        reviewed: await reviewAll(input),
        unanswered: [
          {
            source: { file: 'input.yaml', document: 9, line: 20 },
            object: { apiVersion: 'v1', kind: 'Pod', namespace: 'far', name: 'away' },
            why: 'the namespace is not there',
            position: 2,
          },
        ],
      },
      { verbose: false, failOn: 'Deny', allowEmpty: false },
    )

  test('stands in the document, beside the items that are counted', async () => {
    const { items, incomplete, summary } = JSON.parse(
      await render('json', await answer(), { colour: false }),
    ) as Record<string, unknown>
    expect(items).toHaveLength(4)
    expect(summary).toEqual({ allowed: 2, denied: 1, warned: 1, skipped: 1 })
    expect(incomplete).toEqual([
      {
        source: { file: 'input.yaml', document: 9, line: 20 },
        object: { apiVersion: 'v1', kind: 'Pod', namespace: 'far', name: 'away' },
        policy: '',
        rule: '',
        why: 'the namespace is not there',
      },
    ])
  })

  test('stands in the text, and is counted there', async () => {
    const text = await render('text', await answer(), { colour: false })
    expect(text).toContain('input.yaml:20  Pod far/away: unknown\n  the namespace is not there\n')
    expect(text).toMatch(/5 objects: 2 admitted, 1 refused, 1 did not ask, 1 unknown; 1 with warnings\n$/)
  })

  test('has a line among the patches, at its place', async () => {
    const lines = (await render('patch', await answer(), { colour: false })).trimEnd().split('\n')
    expect(lines.map((line) => line === 'null')).toEqual([false, false, true, false, false])
  })
})

test('reports tell no value that somebody wrote for a variable of his own, and tell ours', async () => {
  const containers =
    '{containers: [{name: app, env: [{name: PASSWORD, value: s3cret}, {name: DAPR_API_TOKEN, value: t0ken}]}]}'
  const pod = podYaml('web', '{dapr.io/shared: orders}', containers)
  for (const format of ['markdown', 'tap', 'junit', 'github'] as const) {
    const text = await rendered(
      format,
      {},
      `${pod}---\n${podYaml('x', '{dapr.io/shared: nothing}', containers)}`,
    )
    expect(text).not.toMatch(/s3cret|t0ken/)
  }
  const markdown = await rendered('markdown', {}, pod)
  expect(markdown).toContain('name: PASSWORD\n           value: (a literal value)\n')
  expect(markdown).toContain('+          value: http://orders-dapr.shop.svc.cluster.local:3500\n')
})
