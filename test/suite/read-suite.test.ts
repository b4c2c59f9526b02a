import { describe, expect, test } from 'vitest'
import { readSuite } from '../../src/suite/read-suite.ts'
import { isBroken, type Suite, type SuiteProblem } from '../../src/suite/suite.ts'
import { testsOf } from './a-bench.ts'
import { ORDERS, POD, suiteOf, testOf } from './suite-text.ts'

const problemsOf = ({ problems, tests }: Suite): SuiteProblem[] => [
  ...problems,
  ...tests.flatMap((one) => (isBroken(one) ? one.problems : [])),
]

const read = (tests: string, state?: string): SuiteProblem[] =>
  problemsOf(readSuite(suiteOf(tests, state === undefined ? {} : { state }), 'made-up.yaml'))

const matrix = (values: string, expected: string, ready = '"${ready}"'): string =>
  `- name: a
  matrix: ${values}
  state: {instances: [{appId: orders, namespace: shop, ready: ${ready}}]}
  request: {object: ${POD}}
  expect: ${expected}`

describe('a suite is read strictly: each of these is told with its line, and a cure', () => {
  test('ready that is no pair is one mistake', () => {
    const problems = read(testOf('{allowed: true}'), '{instances: [{appId: a, namespace: b, ready: "2"}]}')
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('wanted ready and wanted replicas, such as 2/3, got "2"'),
    ])
  })

  test.each<[string, string, number, string]>([
    [
      'an unknown field of a test',
      `- name: a\n  requst: {}\n  request: {object: x}\n  expect: {allowed: true}`,
      7,
      'tests[0].requst: unknown field "requst"; did you mean request?',
    ],
    [
      'a field of an expectation that stands beside it',
      `- name: a\n  request: {object: ${POD}}\n  env: {}\n  expect: {allowed: true}`,
      8,
      'tests[0].env: unknown field "env" here: it belongs into "expect".',
    ],
    [
      'a field of a request in an expectation',
      testOf('{allowed: true, userInfo: {}}'),
      9,
      'tests[0].expect.userInfo: unknown field "userInfo" here: it belongs into "request".',
    ],
    [
      'a field of the state in a test',
      `- name: a\n  instances: []\n  request: {object: ${POD}}\n  expect: {allowed: true}`,
      7,
      'tests[0].instances: unknown field "instances" here: it belongs into "state".',
    ],
    [
      'a rule that no test can reach',
      testOf('{findings: [{rule: instance.in-use}]}'),
      9,
      'instance.in-use is asked when an instance goes',
    ],
    [
      'a number of ready replicas',
      testOf('{allowed: true}', { state: '{instances: [{appId: a, namespace: b, ready: 2}]}' }),
      7,
      'wanted a text such as "2/3", got 2.',
    ],
    ['an unknown field of an expectation', testOf('\n    alowed: true'), 10, 'did you mean allowed?'],
    [
      'an unknown field of a finding',
      testOf('{findings: [{rul: x}]}'),
      9,
      'unknown field "rul"; did you mean rule?',
    ],
    [
      'an unknown field of a request',
      testOf('{allowed: true}', { request: '{objct: x}' }),
      8,
      'did you mean object?',
    ],
    [
      'an unknown field of the state',
      testOf('{allowed: true}', { state: '{insances: []}' }),
      7,
      'did you mean instances?',
    ],
    [
      'a test without a name',
      `- request: {object: x}\n  expect: {allowed: true}`,
      6,
      'tests[0].name: is required.',
    ],
    ['a test that is none', `- just text`, 6, 'tests[0]: wanted a test, an object.'],
    [
      'a flag that is text',
      testOf('{allowed: "true"}'),
      9,
      'tests[0].expect.allowed: wanted true or false, got "true"',
    ],
    ['a count that is text', testOf('{warnings: many}'), 9, 'wanted a whole number, got "many"'],
    ['a variable that is a number', testOf('{env: {app: {PORT: 3500}}}'), 9, 'put it in quotes'],
    [
      'an unknown operation',
      testOf('{allowed: true}', { request: '{operation: PATCH}' }),
      8,
      'wanted CREATE, UPDATE or DELETE, got "PATCH"',
    ],
    [
      'an unknown action',
      testOf('{findings: [{rule: instance.missing, action: deny}]}'),
      9,
      'wanted Deny, Warn or Audit',
    ],
    [
      'a misspelt rule',
      testOf('{findings: [{rule: instance.mising}]}'),
      9,
      'no rule is called "instance.mising"; did you mean instance.missing?',
    ],
    ['a finding that fits every one', testOf('{findings: [{}]}'), 9, 'an empty finding fits every finding'],
    [
      'no regular expression',
      testOf('{findings: [{message: /(/}]}'),
      9,
      'message: Invalid regular expression: /(/',
    ],
    ['a regular expression with flags', testOf('{findings: [{message: /orders/i}]}'), 9, 'with flags (i)'],
    [
      'an instance of a refused pod',
      testOf('{allowed: false, instance: shop/orders}'),
      9,
      'a refused pod gets none',
    ],
    [
      'an instance that is none',
      testOf('{instance: orders}'),
      9,
      'wanted <namespace>/<app-id>, such as shop/order',
    ],
    [
      'variables of a refused pod',
      testOf('{allowed: false, env: {app: {A: b}}}'),
      9,
      'a refused pod has no variables',
    ],
    [
      'an object that is neither path nor object',
      testOf('{allowed: true}', { request: '{object: [a]}' }),
      8,
      'wanted a path from the folder of the suite, or the object itself',
    ],
    [
      'a CREATE without object',
      testOf('{allowed: true}', { request: '{namespace: a}' }),
      8,
      'wanted "object"',
    ],
    [
      'a CREATE with an old object',
      testOf('{allowed: true}', { request: '{object: a, oldObject: b}' }),
      8,
      'Say operation: UPDATE',
    ],
    [
      'an UPDATE without the old object',
      testOf('{allowed: true}', { request: '{operation: UPDATE, object: a}' }),
      8,
      'an UPDATE needs "oldObject"',
    ],
    [
      'a review beside an object',
      testOf('{allowed: true}', { request: '{review: a, object: b}' }),
      8,
      '"review" has its own "object"',
    ],
    [
      'an odd number of ready replicas',
      testOf('{allowed: true}', { state: '{instances: [{appId: a, namespace: b, ready: "3"}]}' }),
      7,
      'wanted ready and wanted replicas, such as 2/3, got "3"',
    ],
    [
      'an odd time',
      testOf('{allowed: true}', { state: '{now: yesterday}' }),
      7,
      'wanted a date and time, such as "2027-01-31T00:00:00Z", got "yesterday"',
    ],
    [
      'a time without its offset',
      testOf('{allowed: true}', { state: '{now: "2026-09-30T00:00:00"}' }),
      7,
      'wanted a date and time',
    ],
    [
      'something odd to remove',
      testOf('{allowed: true}', { state: '{remove: [orders]}' }),
      7,
      'wanted <Kind>/<namespace>/<name>',
    ],
    ['a matrix that is no list', matrix('{ready: 1}', '{allowed: true}'), 7, 'wanted a list, got 1'],
    ['a matrix without names', matrix('{}', '{allowed: true}', '3/3'), 7, 'a matrix without names'],
    ['an empty list of a matrix', matrix('{ready: []}', '{allowed: true}'), 7, 'an empty list makes no test'],
    [
      'a value of a matrix twice',
      matrix('{ready: [1/3, 1/3]}', '{allowed: true}'),
      7,
      'a value stands here twice',
    ],
    [
      'a name that the matrix does not have',
      matrix('{ready: [1/3]}', '{allowed: true}', '"${redy}"'),
      8,
      '${redy}: the matrix has no "redy"; did you mean ${ready}?',
    ],
    [
      'more combinations than anybody means',
      matrix(
        `{ready: [1/3, 2/3], a: [${Array.from({ length: 200 }, (_, i) => i).join(', ')}], b: [${Array.from({ length: 200 }, (_, i) => i).join(', ')}]}`,
        '{allowed: true}',
        '"${ready}${a}${b}"',
      ),
      7,
      '80000 combinations: wanted at most 10000',
    ],
    [
      'a value that the matrix does not have',
      matrix('{ready: [1/3]}', '[{when: {ready: 2/3}, allowed: true}, {allowed: true}]'),
      10,
      '"when" wants ready: "2/3", but the matrix has "1/3"',
    ],
    [
      'a value of another type',
      matrix('{ready: [1/3], n: [1]}', '[{when: {n: "1"}, allowed: true}, {allowed: true}]', '"${ready}"'),
      10,
      'where it is another type',
    ],
    [
      'a when that names nothing',
      matrix('{ready: [1/3]}', '[{when: {redy: 1/3}, allowed: true}, {allowed: true}]'),
      10,
      '"when" names redy, which is not in the matrix: did you mean ready?',
    ],
    ['a when without a matrix', testOf('{when: {a: b}, allowed: true}'), 9, 'the test has none'],
    [
      'an expectation that nothing reaches',
      matrix('{ready: [1/3]}', '[{allowed: true}, {allowed: false}]'),
      10,
      'no combination reaches this expectation',
    ],
    [
      'a combination of which nothing is expected',
      matrix('{ready: [1/3, 2/3, 3/3]}', '[{when: {ready: 1/3}, allowed: true}]'),
      10,
      'nothing is expected of (ready: 2/3), nor of 1 more',
    ],
    [
      'two tests of one name',
      `${testOf('{allowed: true}')}\n${testOf('{allowed: true}')}`,
      10,
      'a test of this name stands at line 6 too',
    ],
  ])('%s', (_, tests, line, message) => {
    const problems = read(tests)
    expect(problems).toContainEqual({
      source: { file: 'made-up.yaml', document: 1, line },
      message: expect.stringContaining(message) as string,
      fails: false,
    })
  })

  test.each<[string, string, string]>([
    [
      'a test without expect',
      `- name: a\n  request: {object: ${POD}}`,
      'a test without "expect" tests nothing',
    ],
    ['an empty expectation', testOf('{}'), 'an empty "expect" tests nothing'],
    ['an empty list of expectations', testOf('[]'), 'a test without "expect" tests nothing'],
    [
      'an expectation that only says when',
      matrix('{ready: [1/3]}', '{when: {ready: 1/3}}'),
      'an empty "expect"',
    ],
    ['a suite without tests', '  []', 'a suite without tests tests nothing'],
  ])('%s is a failure, and no pass', (_, tests, message) => {
    expect(read(tests)).toMatchObject([{ message: expect.stringContaining(message) as string, fails: true }])
  })

  test.each([
    ['another kind', 'kind: Suite', 'kind: Pod', 'kind: wanted Suite'],
    ['another version', 'v1alpha1', 'v1', 'apiVersion: wanted test.shared.dapr.io/v1alpha1'],
    ['no name', 'metadata: {name: made-up}', 'metadata: {}', 'metadata.name: is required'],
    ['a field of its own', 'kind: Suite', 'kind: Suite\nextra: 1', 'unknown field "extra"'],
    ['tests that are none', 'tests:', 'tests: 3\nother:', 'tests: wanted a list, got 3'],
    ['no YAML', 'kind: Suite', 'kind: {', 'not YAML or JSON'],
  ])('%s is no suite', (_, written, instead, message) => {
    const suite = readSuite(suiteOf(testOf('{allowed: true}')).replace(written, instead), 'made-up.yaml')
    expect(suite.tests).toEqual([])
    expect(suite.problems).toContainEqual({
      source: expect.objectContaining({ file: 'made-up.yaml' }) as unknown,
      message: expect.stringContaining(message) as string,
      fails: false,
    })
  })

  test('two suites in one file, or none, are told', () => {
    const one = suiteOf(testOf('{allowed: true}'))
    expect(readSuite(`${one}---\n${one}`, 'x').problems).toMatchObject([
      { message: expect.stringContaining('a file holds one suite') as string },
    ])
    expect(readSuite('', 'x').problems).toMatchObject([{ message: 'no suite: the file is empty.' }])
  })

  test('what is wrong with one test leaves the others as they are', () => {
    const suite = readSuite(suiteOf(`- name: b\n  expect: {alowed: true}\n${testOf('{allowed: true}')}`), 'x')
    expect(suite.tests.map((one) => [one.name, isBroken(one)])).toEqual([
      ['b', true],
      ['a', false],
    ])
  })

  test('a mistake in a test with a matrix is told once', () => {
    expect(read(matrix('{ready: [1/3, 2/3, 3/3]}', '{alowed: true}'))).toHaveLength(1)
  })
})

describe('a matrix', () => {
  const tests = testsOf(
    readSuite(
      suiteOf(`- name: a
  matrix: {ready: [0/3, 3/3], open: [true, false]}
  state: {instances: [{appId: "app-\${open}", namespace: shop, ready: "\${ready}", apiToken: "\${open}"}]}
  request: {object: {apiVersion: v1, kind: Pod, metadata: {name: "$\${ready}"}, spec: {}}}
  expect:
  - {when: {ready: 0/3, open: true}, env: {"c-\${ready}": {A: "\${ready}"}}}
  - {warnings: 7}`),
      'x',
    ),
  )

  test('makes a test of each combination, and says which', () => {
    expect(tests.map(({ name }) => name)).toEqual([
      'a (ready: 0/3, open: true)',
      'a (ready: 0/3, open: false)',
      'a (ready: 3/3, open: true)',
      'a (ready: 3/3, open: false)',
    ])
  })

  test('is filled in anywhere below, keys too, with values of their own type', () => {
    expect(tests[0]?.testState?.instances).toMatchObject([
      { appId: 'app-true', ready: '0/3', apiToken: true },
    ])
    expect(tests[3]?.testState?.instances).toMatchObject([
      { appId: 'app-false', ready: '3/3', apiToken: false },
    ])
    expect(tests[0]?.expect.env).toEqual({ 'c-0/3': { A: '0/3' } })
  })

  test('leaves what is written with two dollars', () => {
    expect(tests[0]?.request.object).toMatchObject({ metadata: { name: '${ready}' } })
  })

  test('takes the first expectation that fits', () => {
    expect(tests.map(({ expect: expected }) => expected.warnings)).toEqual([undefined, 7, 7, 7])
  })

  test('a test without one keeps the text of a shell', () => {
    const [one] = testsOf(
      readSuite(
        suiteOf(testOf('{allowed: true}', { request: '{object: {apiVersion: v1, kind: "${HOME}"}}' })),
        'x',
      ),
    )
    expect(one?.request.object).toMatchObject({ kind: '${HOME}' })
  })
})

test('state and matrix values of YAML 1.1 are what kubectl would read', () => {
  expect(read(testOf('{env: {app: {A: yes}}}'), `{instances: [${ORDERS}]}`)).toMatchObject([
    { message: expect.stringContaining('wanted a text, got true: put it in quotes') as string },
  ])
})
