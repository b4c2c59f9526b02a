import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { findAssets } from '../cluster/assets.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { runProgram, type ProgramResult } from './support/run-program.ts'

// What people pipe into a review is what Helm and kustomize print, so it is the real programs that print it here.

const ROOT = resolve(import.meta.dirname, '../..')
const SHOP = join(ROOT, 'deploy/examples/shop/instances.yaml')
const folder = mkdtempSync(join(tmpdir(), 'dapr-shared-rendered-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const review = (manifests: string, ...args: string[]): Promise<ProgramResult> =>
  runProgram(['review', '-f', '-', ...args], { cwd: folder, stdin: manifests })

const reviewed = z.object({
  items: z.array(
    z.looseObject({
      source: z.object({ file: z.string(), document: z.number(), line: z.number() }),
      object: z.looseObject({ kind: z.string(), namespace: z.string(), name: z.string() }),
      allowed: z.boolean(),
      env: z.record(z.string(), z.record(z.string(), z.string())),
      findings: z.array(z.looseObject({ rule: z.string(), source: z.looseObject({ line: z.number() }) })),
    }),
  ),
})
const itemsOf = ({ stdout }: ProgramResult): z.infer<typeof reviewed>['items'] =>
  reviewed.parse(JSON.parse(stdout)).items

const ENDPOINT = 'http://order-dapr.shop.svc.cluster.local:3500'

const CHART = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: checkout\nversion: 0.1.0\n',
  'chart/values.yaml': 'appId: order\nreport:\n  enabled: false\n',
  'chart/templates/_helpers.tpl': `{{- define "checkout.annotations" -}}
dapr.io/shared: {{ .Values.appId | quote }}
{{- end }}
`,
  'chart/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-checkout
  labels:
    app.kubernetes.io/managed-by: {{ .Release.Service }}
spec:
  selector:
    matchLabels:
      app: checkout
  template:
    metadata:
      labels:
        app: checkout
      annotations:
        {{- include "checkout.annotations" . | nindent 8 }}
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/checkout:1.4.2
`,
  // renders to an empty document unless it is switched on
  'chart/templates/report.yaml': `{{- if .Values.report.enabled }}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  schedule: 0 3 * * *
  jobTemplate:
    spec:
      template:
        metadata:
          annotations:
            dapr.io/shared: biling
        spec:
          restartPolicy: Never
          containers: [{ name: report, image: ghcr.io/acme/report:2.0.0 }]
{{- end }}
`,
  'chart/templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: checkout
spec:
  selector: { app: checkout }
  ports: [{ port: 80 }]
`,
  'chart/templates/tests/reaches.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: reaches
  annotations:
    helm.sh/hook: test
    {{- include "checkout.annotations" . | nindent 4 }}
spec:
  restartPolicy: Never
  containers: [{ name: curl, image: ghcr.io/acme/curl:8 }]
`,
  'chart/templates/NOTES.txt': 'Thank you for installing {{ .Chart.Name }}.\n',
}

const helm = await findAssets(['helm'])
if (!helm.found && process.env['CI'] === 'true') throw new Error(`no helm: ${helm.reason}`)

describe.skipIf(!helm.found)(`helm template${helm.found ? '' : ` (${helm.reason})`}`, () => {
  beforeAll(() => write(CHART))

  async function template(...args: string[]): Promise<string> {
    if (!helm.found) throw new Error(helm.reason)
    const { stdout } = await promisify(execFile)(
      helm.assets.programs.helm,
      ['template', 'web', 'chart', ...args],
      {
        cwd: folder,
        env: { HOME: folder },
      },
    )
    return stdout
  }

  test('of a chart without namespaces: its pods and hooks are injected as in the namespace that -n names', async () => {
    const ran = await review(await template('-n', 'shop'), '--state', SHOP, '-n', 'shop', '-o', 'json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(
      itemsOf(ran).map(({ object: { kind, namespace, name }, env }) => [
        `${kind} ${namespace}/${name}`,
        Object.values(env).map((variables) => variables['DAPR_HTTP_ENDPOINT']),
      ]),
    ).toEqual([
      ['Deployment shop/web-checkout', [ENDPOINT]],
      ['Pod shop/reaches', [ENDPOINT]],
    ])
  })

  test('that switches on what names no instance: refused, at its line of the output', async () => {
    const rendered = await template('--set', 'report.enabled=true')
    const ran = await review(rendered, '--state', SHOP, '-n', 'shop', '-o', 'json')
    expect(ran.code).toBe(1)
    const refused = itemsOf(ran).filter(({ allowed }) => !allowed)
    expect(refused).toMatchObject([{ object: { kind: 'CronJob', name: 'report' } }])
    const [finding] = refused[0]?.findings ?? []
    expect(finding?.rule).toBe('instance.missing')
    expect(rendered.split('\n')[(finding?.source.line ?? 0) - 1]?.trim()).toBe('dapr.io/shared: biling')
  })

  test('of a chart that brings its instance: both are taken together', async () => {
    const instance = readFileSync(join(import.meta.dirname, 'fixtures/chart-daemonset.yaml'), 'utf8')
    write({
      'chart/templates/instance.yaml': instance
        .replaceAll('APP_ID', '{{ .Values.appId }}')
        .replaceAll('RELEASE', '{{ .Release.Name }}'),
    })
    const together = await template('--set', 'appId=cart')
    const ran = await review(together, '-n', 'shop', '-o', 'json')
    rmSync(join(folder, 'chart/templates/instance.yaml'))
    expect(ran.code, ran.stderr).toBe(0)
    expect(itemsOf(ran).find(({ object }) => object.name === 'web-checkout')?.env['app']).toMatchObject({
      DAPR_HTTP_ENDPOINT: 'http://cart-dapr.shop.svc.cluster.local:3500',
    })
  })
})

describeOnCluster('kubectl kustomize', (cluster) => {
  const build = async (path: string): Promise<string> =>
    (await cluster.kubectl(['kustomize', join(folder, path)])).stdout

  const overlay = (appId: string): string => `namespace: shop
namePrefix: prod-
resources: [../base]
patches:
  - target: { kind: Deployment }
    patch: |-
      - op: add
        path: /spec/template/metadata/annotations
        value: { dapr.io/shared: ${appId} }
`

  beforeAll(() =>
    write({
      'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
      'base/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout }
spec:
  selector: { matchLabels: { app: checkout } }
  template:
    metadata: { labels: { app: checkout } }
    spec: { containers: [{ name: app, image: ghcr.io/acme/checkout:1.4.2 }] }
`,
      'prod/kustomization.yaml': overlay('order'),
      'typo/kustomization.yaml': overlay('oder'),
    }),
  )

  test('of an overlay that makes the pods ask: injected, under the name and in the namespace that it gives', async () => {
    const ran = await review(await build('prod'), '--state', SHOP, '-o', 'json')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(itemsOf(ran)).toMatchObject([
      {
        object: { kind: 'Deployment', namespace: 'shop', name: 'prod-checkout' },
        env: { app: { DAPR_HTTP_ENDPOINT: ENDPOINT } },
      },
    ])
  })

  test('of a base that does not ask: nothing to judge, exit 4', async () => {
    expect((await review(await build('base'), '--state', SHOP, '-n', 'shop')).code).toBe(4)
  })

  test('of an overlay with a typing mistake: refused', async () => {
    const { code, stdout } = await review(await build('typo'), '--state', SHOP)
    expect(code).toBe(1)
    expect(stdout).toContain('Did you mean "order"')
  })

  test('of the example repository: admitted', async () => {
    cpSync(join(ROOT, 'deploy/examples/ci'), join(folder, 'example'), { recursive: true })
    const states = ['cluster', 'policies'].flatMap((name) => ['--state', join('example', name)])
    const { code, stdout } = await review(await build('example/k8s'), ...states)
    expect(code, stdout).toBe(0)
    expect(stdout).toContain(': 2 admitted, 0 refused')
  })
})
