import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The files that the command line is measured with. */
export interface CommandInput {
  readonly state: string
  /** one workload */
  readonly one: string
  /** 1,000 files of one workload each */
  readonly thousand: string
  /** 10,000 documents in one file */
  readonly tenThousand: string
  /** 50 MB of objects that are nobody's business, and one workload */
  readonly large: string
  /** a suite of 1,000 tests */
  readonly suite: string
}

const INSTANCES = 20
const SEPARATOR = '---\n'

export function writeCommandInput(dir: string): CommandInput {
  const input: CommandInput = {
    state: join(dir, 'state.yaml'),
    one: join(dir, 'one.yaml'),
    thousand: join(dir, 'thousand'),
    tenThousand: join(dir, 'ten-thousand.yaml'),
    large: join(dir, 'large.yaml'),
    suite: join(dir, 'thousand.dapr-shared-test.yaml'),
  }
  writeFileSync(input.state, times(INSTANCES, instance).join(SEPARATOR))
  writeFileSync(input.one, workload(0))
  mkdirSync(input.thousand)
  times(1000, (index) => writeFileSync(join(input.thousand, `web-${index}.yaml`), workload(index)))
  writeFileSync(input.tenThousand, times(10_000, workload).join(SEPARATOR))
  writeFileSync(input.large, [...times(10_000, configMap), workload(0)].join(SEPARATOR))
  writeFileSync(input.suite, suite())
  return input
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function instance(index: number): string {
  return `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: app-${index}, namespace: shop, labels: {shared.dapr.io/instance: "true"}}
spec:
  template:
    metadata: {labels: {app: app-${index}-daprd}}
    spec: {containers: [{name: daprd, image: "daprd:1.15.7", args: ["--app-id=app-${index}"]}]}
---
apiVersion: v1
kind: Service
metadata: {name: app-${index}-dapr, namespace: shop}
spec: {selector: {app: app-${index}-daprd}, ports: [{port: 3500}, {name: grpc, port: 50001}]}
`
}

function workload(index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${index}
  namespace: shop
  labels: {app: web-${index}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web-${index}}}
  template:
    metadata:
      labels: {app: web-${index}}
      annotations:
        dapr.io/shared: app-${index % INSTANCES}
    spec:
      containers:
        - name: app
          image: registry.example.com/web:1.2.${index}
          ports:
            - containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          readinessProbe:
            httpGet: {path: /healthz, port: 8080}
`
}

function configMap(index: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: settings-${index}}
data:
  text: "${'x'.repeat(5000)}"
`
}

/** Every test has a state of its own, and is refused or injected in turn. */
function suite(): string {
  const test = (index: number): string => `- name: test ${index}
  state: {instances: [{appId: own-${index}, namespace: shop, ready: 1/1}]}
  request:
    object:
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: shop, annotations: {dapr.io/shared: ${index % 2 === 0 ? `own-${index}` : `none-${index}`}}}
      spec: {containers: [{name: app, image: app}]}
  expect: {allowed: ${index % 2 === 0}}
`
  return `apiVersion: test.shared.dapr.io/v1alpha1
kind: Suite
metadata: {name: thousand}
state: {files: [state.yaml]}
tests:
${times(1000, test).join('')}`
}
