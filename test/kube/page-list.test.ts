import { expect, test } from 'vitest'
import { ApiError, UnreadableAnswer } from '../../src/kube/call-errors.ts'
import type { Query } from '../../src/kube/kube-client.ts'
import { listInPages } from '../../src/kube/page-list.ts'

const EXPIRED = new ApiError({ status: 410, reason: 'Expired', message: 'm' })

/** Answers with each of these in turn, and notes what was asked. */
function answering(...answers: unknown[]): { asked: Query[]; ask: (query: Query) => Promise<unknown> } {
  const asked: Query[] = []
  return {
    asked,
    async ask(query) {
      asked.push(query)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}

function page(items: unknown, metadata: object = {}): object {
  return { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '7', ...metadata }, items }
}

function list(ask: (query: Query) => Promise<unknown>): Promise<unknown> {
  return listInPages(ask, (object) => object, 2)
}

function refuseAll(): never {
  throw new UnreadableAnswer('no name')
}

test('follows the pages to the end', async () => {
  const { ask, asked } = answering(page([{ a: 1 }], { continue: 'x' }), page([{ a: 2 }], { continue: '' }))
  expect(await list(ask)).toEqual({
    items: [
      { apiVersion: 'v1', kind: 'Pod', a: 1 },
      { apiVersion: 'v1', kind: 'Pod', a: 2 },
    ],
    resourceVersion: '7',
  })
  expect(asked).toEqual([{ limit: '2' }, { limit: '2', continue: 'x' }])
})

test('an item that names its own kind keeps it', async () => {
  const { ask } = answering(page([{ apiVersion: 'v9', kind: 'Pot' }]))
  expect(await list(ask)).toMatchObject({ items: [{ apiVersion: 'v9', kind: 'Pot' }] })
})

test('an empty list may say null', async () => {
  expect(await list(answering(page(null)).ask)).toEqual({ items: [], resourceVersion: '7' })
})

test('begins anew when its pages expire, and then asks for all at once', async () => {
  const first = page([{}], { continue: 'x' })
  const { ask, asked } = answering(first, EXPIRED, first, EXPIRED, page([{}, {}, {}]))
  expect(await list(ask)).toMatchObject({ items: [{}, {}, {}] })
  expect(asked.at(-1)).toEqual({})
})

test('an expiry of the first page is not of this list', async () => {
  await expect(list(answering(EXPIRED).ask)).rejects.toBe(EXPIRED)
})

test.each([
  ['nothing', undefined],
  ['a text', 'hello'],
  ['items that are no list', page('many')],
  ['no version', { items: [] }],
  [
    'pages that expire though nobody asked for pages',
    ...[1, 2, 3].flatMap((): unknown[] => [page([], { continue: 'x' }), EXPIRED]),
  ],
])('is refused: %s', async (_, ...answers: unknown[]) => {
  await expect(list(answering(...answers).ask)).rejects.toThrow(UnreadableAnswer)
})

test('what cannot be read fails the list', async () => {
  await expect(listInPages(answering(page([{}])).ask, refuseAll, 2)).rejects.toThrow('no name')
})

test('does not walk in circles', async () => {
  const same = page([], { continue: 'x' })
  await expect(list(answering(same, same, page([])).ask)).rejects.toThrow('in circles')
})
