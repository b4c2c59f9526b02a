import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { knownMetrics } from './known-metrics.ts'
import { usedMetrics } from './read-queries.ts'

/** Alerts, their pages and the dashboard ask for what there is. */

const ROOT = resolve(import.meta.dirname, '../..')
const text = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string(),
            expr: z.string(),
            for: z.string(),
            labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
            annotations: z.strictObject({
              summary: z.string(),
              description: z.string(),
              runbook_url: z.string(),
            }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(text('deploy/observability/prometheus-rules.yaml')))
const alerts = rules.groups.flatMap((group) => group.rules)

const panel = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string().min(1),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
})
const dashboard = z
  .looseObject({
    title: z.string(),
    uid: z.string(),
    schemaVersion: z.number(),
    templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
    panels: z.array(panel),
  })
  .parse(JSON.parse(text('deploy/observability/dashboard.json')))
const shownPanel = panel.extend({
  description: z.string().min(1),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string().min(1) }) }),
  targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string().min(1) })).min(1),
})
const shown = dashboard.panels.filter(({ type }) => type !== 'row').map((one) => shownPanel.parse(one))

const known = knownMetrics()

/** What an expression asks for that nobody has. */
function missing(expression: string): string[] {
  return usedMetrics(expression).flatMap(({ name, labels }) => {
    const has = known.get(name)
    if (has === undefined) return [name]
    return labels.filter((label) => !has.has(label)).map((label) => `${name}{${label}}`)
  })
}

describe('what is asked for', () => {
  test.each(alerts.map(({ alert, expr }) => [alert, expr]))('by %s is there, with its labels', (_, expr) => {
    expect(usedMetrics(expr)).not.toEqual([])
    expect(missing(expr)).toEqual([])
  })

  test.each(shown.map(({ title, targets }) => [title, targets]))(
    'by the panel "%s" is there',
    (_, targets) => {
      for (const { expr } of targets) {
        expect(usedMetrics(expr)).not.toEqual([])
        expect(missing(expr)).toEqual([])
      }
    },
  )

  test('would be missed: a metric or a label that does not exist', () => {
    expect(missing('sum by (webhook) (rate(dapr_shared_admission_request_total[5m]))')).toEqual([
      'dapr_shared_admission_request_total',
    ])
    expect(missing('dapr_shared_leader{namespace="x"} and on (instance) dapr_shared_build_info')).toEqual([
      'dapr_shared_leader{namespace}',
    ])
    expect(
      missing('histogram_quantile(0.9, sum by (le, app) (dapr_shared_admission_duration_seconds_bucket))'),
    ).toEqual(['dapr_shared_admission_duration_seconds_bucket{app}'])
  })
})

describe('docs/runbooks', () => {
  const pages = readdirSync(join(ROOT, 'docs/runbooks')).map((name) => name.replace(/\.md$/, ''))

  test('has a page for each alert, and none for others', () => {
    expect(pages.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted())
    expect(new Set(pages).size).toBe(pages.length)
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).toBe(`docs/runbooks/${alert}.md`)
    }
  })

  test.each(pages)('%s says what it means, how to look, how to mend it, and when to escalate', (page) => {
    const found = text(`docs/runbooks/${page}.md`)
    expect(found).toMatch(new RegExp(`^# ${page}\n`))
    expect([...found.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      'What it means',
      'How to look',
      'How to mend it',
      'When to escalate',
    ])
  })

  test.each(pages)('%s asks for metrics that there are, and leads to pages that there are', (page) => {
    const found = text(`docs/runbooks/${page}.md`)
    const queries = [...found.matchAll(/```promql\n([^`]+)```/g)].flatMap(([, block = '']) =>
      block.trim().split('\n'),
    )
    expect(queries.flatMap(missing)).toEqual([])
    for (const [, link = ''] of found.matchAll(/\]\(([^)#]+)/g)) {
      expect(existsSync(join(ROOT, 'docs/runbooks', link)), link).toBe(true)
    }
  })
})

describe('the dashboard', () => {
  test('takes its data from the source that is chosen, and lets a replica be chosen', () => {
    expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ])
  })

  test('has a row for each question', () => {
    expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'At a glance',
      'Decisions',
      'Latency',
      'Findings',
      'What is known of the cluster',
      'Look-ups',
      'Certificates and connections',
      'As the API server sees it',
      'Runtime',
    ])
  })

  test('shows every metric of ours', () => {
    const asked = new Set(
      shown
        .flatMap(({ targets }) => targets.flatMap(({ expr }) => usedMetrics(expr)))
        .map(({ name }) => name),
    )
    const ours = [...known.keys()].filter((name) => /^dapr_shared_(?!.*_(bucket|sum|count)$)/.test(name))
    expect(ours.filter((name) => !asked.has(name) && !asked.has(`${name}_bucket`))).toEqual([])
  })

  test('has panels that do not lie on one another, each with an id of its own', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
  })
})
