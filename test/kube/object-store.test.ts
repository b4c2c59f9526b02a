import { beforeEach, describe, expect, test } from 'vitest'
import { readFields } from '../../src/kube/read-fields.ts'
import { type Change, ObjectStore } from '../../src/kube/object-store.ts'
import { readMeta } from '../../src/kube/object-meta.ts'

let store: ObjectStore<string>
let failures: unknown[]

function object(name: string, value: string, resourceVersion: string, uid = `uid-${name}`): object {
  return { metadata: { namespace: 'n', name, uid, resourceVersion }, value }
}

function project(seen: unknown): string | undefined {
  const value = String(readFields(seen)['value'])
  if (value === 'bad') throw new Error('bad')
  return value === 'dull' ? undefined : value
}

function keep(...args: Parameters<typeof object>): string[] {
  return store.keep(store.see(object(...args))).map(inWords)
}

function replace(...objects: object[]): string[] {
  return [...store.replace(objects.map((seen) => store.see(seen).entry))].map(inWords)
}

function inWords(change: Change<string>): string {
  if (change.type === 'added') return `+${change.name}=${change.after}`
  if (change.type === 'deleted') return `-${change.name}=${change.before}`
  return `${change.name}=${change.before}>${change.after}`
}

beforeEach(() => {
  failures = []
  store = new ObjectStore(project, (error) => failures.push(error))
})

test('adds, modifies, deletes', () => {
  expect(keep('a', '1', '1')).toEqual(['+a=1'])
  expect(keep('a', '2', '2')).toEqual(['a=1>2'])
  expect([...store.values]).toEqual([['n/a', '2']])
  expect(store.remove(readMeta(object('a', '2', '3'))).map(inWords)).toEqual(['-a=2'])
  expect(store.remove(readMeta(object('a', '2', '3')))).toEqual([])
  expect(store.values.size).toBe(0)
})

test('another uid is another object', () => {
  keep('a', '1', '1', 'first')
  expect(keep('a', '1', '2', 'second')).toEqual(['-a=1', '+a=1'])
})

test('an equal projection is no change, and the old one is kept', () => {
  const deep = new ObjectStore(
    (seen) => ({ spec: readFields(seen)['value'] }),
    () => undefined,
  )
  deep.keep(deep.see(object('a', '1', '1')))
  const before = deep.values.get('n/a')
  expect(deep.keep(deep.see(object('a', '1', '2')))).toEqual([])
  expect([...deep.replace([deep.see(object('a', '1', '3')).entry])]).toEqual([])
  expect(deep.values.get('n/a')).toBe(before)
})

describe('of no interest', () => {
  test('at first: not stored', () => {
    expect(keep('a', 'dull', '1')).toEqual([])
    expect(store.values.size).toBe(0)
  })

  test('later: deleted', () => {
    keep('a', '1', '1')
    expect(keep('a', 'dull', '2')).toEqual(['-a=1'])
  })
})

describe('a list', () => {
  test('deletes what it lacks, and tells of each difference', () => {
    keep('gone', '1', '1')
    keep('same', '1', '2')
    keep('changed', '1', '3')
    keep('anew', '1', '4', 'first')
    const told = replace(
      object('same', '1', '2'),
      object('changed', '2', '5'),
      object('anew', '1', '6', 'second'),
      object('new', '1', '7'),
    )
    expect(told).toEqual(['-gone=1', 'changed=1>2', '-anew=1', '+anew=1', '+new=1'])
    expect(Object.fromEntries(store.values)).toEqual({
      'n/same': '1',
      'n/changed': '2',
      'n/anew': '1',
      'n/new': '1',
    })
  })

  test('believes the content, not the version, which a restored backup may give out twice', () => {
    keep('a', '1', '7')
    expect(replace(object('a', '2', '7'))).toEqual(['a=1>2'])
  })

  test('takes over at once: the old map is left as it was', () => {
    keep('a', '1', '1')
    const before = store.values
    replace(object('b', '1', '2'))
    expect([...before.keys()]).toEqual(['n/a'])
    expect([...store.values.keys()]).toEqual(['n/b'])
  })
})

describe('a projection that throws', () => {
  test('keeps the last good one of the same object, through events and lists, until it is good again', () => {
    keep('a', '1', '1')
    expect(keep('a', 'bad', '2')).toEqual([])
    expect(replace(object('a', 'bad', '2'))).toEqual([])
    expect(store.values.get('n/a')).toBe('1')
    expect(failures).toHaveLength(2)
    expect(keep('a', '2', '3')).toEqual(['a=1>2'])
  })

  test('leaves a new object out', () => {
    expect(keep('a', 'bad', '1')).toEqual([])
    expect(keep('a', '1', '2')).toEqual(['+a=1'])
  })

  test('does not give an object the projection of its namesake', () => {
    keep('a', '1', '1', 'first')
    expect(keep('a', 'bad', '2', 'second')).toEqual(['-a=1'])
  })
})
