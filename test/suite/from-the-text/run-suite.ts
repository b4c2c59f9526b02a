import { isObject } from '../../../src/core/pod.ts'
import { run } from '../../cli/run.ts'

/** One test as `-o json` tells it; `told` has a line `file:line: what is wrong` for each problem, and what differs. */
export interface Tested {
  readonly suite: string
  readonly name: string
  readonly outcome: string
  readonly told: string
  readonly line: number
}

export interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
  /** What is told of all tests, and what else stands on standard output and error. */
  readonly all: string
  readonly tests: readonly Tested[]
}

export const ASKS = `
apiVersion: v1
kind: Pod
metadata: {name: checkout, namespace: shop, annotations: {dapr.io/shared: orders}}
spec: {containers: [{name: app, image: app}]}
`

export const PLAIN = `
apiVersion: v1
kind: Pod
metadata: {name: plain, namespace: shop}
spec: {containers: [{name: app, image: app}]}
`

export const ORDERS = '{appId: orders, namespace: shop, strategy: DaemonSet, ready: 3/3}'

/** The head of a suite whose cluster has the instance "orders"; tests follow. */
export const HEAD = `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: orders}
state: {instances: [${ORDERS}]}
tests:
`

/** A suite with a state of its own (a flow mapping), and tests. */
export const suite = (state: string, tests: string): string =>
  `apiVersion: test.shared.dapr.io/v1alpha1\nkind: Suite\nmetadata: {name: orders}\nstate: ${state}\ntests:\n${tests}`

const FILES = { 'pods/orders.yaml': ASKS, 'pods/plain.yaml': PLAIN }

/** Runs one suite, orders.dapr-shared-test.yaml, beside pods/orders.yaml (asks) and pods/plain.yaml. */
export async function runSuite(
  text: string,
  {
    files = {},
    args = [],
  }: { readonly files?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Promise<Told> {
  return runFiles({ ...FILES, 'orders.dapr-shared-test.yaml': text, ...files }, args)
}

/** Runs every suite of these files and reads the answer as a program would. */
export async function runFiles(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Told> {
  return told(await run(['test', '-o', 'json', ...args], { files }))
}

export function told({ code, out, err }: { code: number; out: string; err: string }): Told {
  const tests = out.startsWith('{') ? testsOf(JSON.parse(out)) : []
  return { code, out, err, all: [...tests.map((each) => each.told), err, out].join('\n'), tests }
}

function testsOf(result: unknown): Tested[] {
  if (!isObject(result) || !Array.isArray(result['items'])) throw new Error('wanted items')
  return (result['items'] as readonly Item[]).map(({ suite: of, name, outcome, problems, source }) => ({
    suite: of,
    name,
    outcome,
    told: problems.map((problem) => tell(problem)).join('\n'),
    line: source.line,
  }))
}

interface Item {
  readonly suite: string
  readonly name: string
  readonly outcome: string
  readonly source: { readonly line: number }
  readonly problems: readonly Problem[]
}

interface Problem {
  readonly field: string
  readonly message: string
  readonly lines: readonly unknown[]
  readonly source: { readonly file: string; readonly line: number }
}

const tell = ({ field, message, lines, source }: Problem): string =>
  `${source.file}:${source.line}: ${field}: ${message}\n${lines.map((line) => JSON.stringify(line)).join('\n')}`

/** Each test's name and outcome. */
export const outcomes = ({ tests }: Told): Readonly<Record<string, string>> =>
  Object.fromEntries(tests.map(({ name, outcome }) => [name, outcome]))
