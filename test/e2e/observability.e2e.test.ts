import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { findAssets } from '../cluster/assets.ts'
import { waitUntil } from '../cluster/wait-until.ts'
import { API_SERVER_METRICS } from '../observability/api-server-metrics.ts'
import { readSamples } from '../telemetry/scraped.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod, aTemplate } from './support/pods.ts'

const RULES = resolve(import.meta.dirname, '../../deploy/observability/prometheus-rules.yaml')
const RULE_TESTS = resolve(import.meta.dirname, '../observability/prometheus-rules.test.yaml')
const namespace = 'e2e-observability'

const promtool = await findAssets(['promtool'])
if (!promtool.found && process.env['CI'] === 'true') throw new Error(`no promtool: ${promtool.reason}`)

describe.skipIf(!promtool.found)(`promtool${promtool.found ? '' : ` (${promtool.reason})`}`, () => {
  const run = async (...args: string[]): Promise<string> => {
    if (!promtool.found) throw new Error(promtool.reason)
    return (await promisify(execFile)(promtool.assets.programs.promtool, args)).stdout
  }

  test('takes the rules', async () => {
    expect(await run('check', 'rules', '--lint=all', '--lint-fatal', RULES)).toContain(
      'SUCCESS: 22 rules found',
    )
  })

  test('has every alert fire when it must, and none when all is well', async () => {
    expect(await run('test', 'rules', RULE_TESTS)).toContain('SUCCESS')
  })
})

describeInstalled('what a real Prometheus would read', (cluster, webhook) => {
  beforeAll(async () => {
    await createNamespace(cluster, namespace)
  })

  const ofApiServer = async (): Promise<ReturnType<typeof readSamples>> =>
    readSamples((await cluster.kubectl(['get', '--raw', '/metrics'])).stdout).filter(
      ({ name, labels }) =>
        name.startsWith('apiserver_admission_webhook_') && labels['name']?.endsWith('.shared.dapr.io'),
    )

  test('of the API server has the metrics and labels that alerts and dashboard ask for', async () => {
    expect((await create(cluster, namespace, aPod('lost', 'nobody'))).status).toBe(403)
    // nobody answers: a pod cannot be created, and a Deployment goes on without its advice
    await webhook().server.stop()
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'unadvised' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'x' } },
        template: aTemplate('nobody', { labels: { app: 'x' } }),
      },
    }
    expect((await create(cluster, namespace, aPod('waiting', 'nobody'))).status).toBe(500)
    expect((await create(cluster, namespace, deployment)).status).toBe(201)
    await webhook().start()
    await waitUntil('it is ready', async () => (await webhook().server.ask('/readyz')).status === 200)

    const samples = await ofApiServer()
    for (const [name, labels] of Object.entries(API_SERVER_METRICS)) {
      const found = samples.filter((sample) => [name, `${name}_count`].includes(sample.name))
      expect(found.length, name).toBeGreaterThan(0)
      for (const sample of found) expect(Object.keys(sample.labels).toSorted(), name).toEqual(labels)
    }
    const kinds = samples
      .filter(({ name }) => name === 'apiserver_admission_webhook_rejection_count')
      .map(({ labels }) => labels['error_type'])
    expect(kinds).toEqual(expect.arrayContaining(['no_error', 'calling_webhook_error']))
  })

  test.skipIf(!promtool.found)(
    'of us is what promtool takes for metrics, with their units and help',
    async () => {
      if (!promtool.found) return
      const { body } = await webhook().server.ask('/metrics')
      const child = execFile(promtool.assets.programs.promtool, ['check', 'metrics'])
      const said: string[] = []
      child.stdout?.on('data', (text: string) => said.push(text))
      child.stderr?.on('data', (text: string) => said.push(text))
      child.stdin?.end(body)
      await new Promise((ended) => child.once('close', ended))
      const ours = said
        .join('')
        .split('\n')
        .filter((line) => line.includes('dapr_shared_'))
        // a label of that name is for summaries; these three are what a histogram of the last moments has
        .filter((line) => !line.startsWith('dapr_shared_event_loop_delay_seconds non-summary'))
      expect(ours).toEqual([])
      expect(child.exitCode, said.join('')).not.toBe(1)
    },
  )
})
