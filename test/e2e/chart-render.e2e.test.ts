import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installManifest, INSTALL_MANIFEST } from '../../scripts/install-manifest.ts'
import { SERVE_FLAGS } from '../../src/config/serve-flags.ts'
import { readServeSettings } from '../../src/config/serve-settings.ts'
import { findAssets } from '../cluster/assets.ts'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import {
  CHART,
  findHelm,
  FOREIGN_APIS,
  renderedObjects,
  ROOT,
  type Helm,
  type HelmResult,
} from './support/chart-helm.ts'
import { REFUSED_VALUES } from './support/chart-refusals.ts'
import { namespaceSelectorsOf, serveFlagsOf } from './support/chart-rendered.ts'
import { schemaLocation, writeSchemas } from './support/chart-schemas.ts'

const FIXTURES = join(ROOT, 'test/chart')
const filesOf = (folder: string): [name: string, file: string][] =>
  readdirSync(folder).map((name) => [name.replace('.yaml', ''), join(folder, name)])

/** Sets of values by name: those of the tests, and those that the chart brings for platforms. */
const VALUES: readonly [name: string, file: string][] = [
  ...filesOf(join(FIXTURES, 'values')),
  ...filesOf(join(CHART, 'platforms')),
]

const KNOWN_FLAGS = new Set(SERVE_FLAGS.map(({ name }) => name))

const found = await findHelm()
const reason = typeof found === 'string' ? found : undefined

describe.skipIf(reason !== undefined)(`the chart${reason === undefined ? '' : ` (${reason})`}`, () => {
  const helm = found as Helm
  afterAll(() => helm[Symbol.dispose]())
  const template = (...args: string[]): Promise<string> =>
    helm.output(['template', 'shared', CHART, '-n', 'platform', ...FOREIGN_APIS, ...args])
  let defaults: ReturnType<typeof renderedObjects>
  beforeAll(async () => {
    defaults = renderedObjects(await template())
  })

  test('has more than ten sets of values to be tried with', () => {
    expect(VALUES.length).toBeGreaterThanOrEqual(10)
  })

  test.for([['defaults', join(CHART, 'values.yaml')] as const, ...VALUES])(
    'passes helm lint --strict with %s',
    async ([, file]) => {
      const { code, stdout } = await helm.run(['lint', '--strict', CHART, '-n', 'platform', '-f', file])
      // lint knows no other kinds than those of Kubernetes, and the chart refuses what it has no kind for
      const missing = /but the cluster has no (cert-manager|monitoring)/.test(stdout)
      expect(missing || code === 0, stdout).toBe(true)
    },
  )

  // what the defaults give, deploy/install.yaml shows; here stands what is other than that
  test.for(VALUES)('with %s makes what is written down, and changes nothing else', async ([name, file]) => {
    const objects = renderedObjects(await template('-f', file))
    const before = new Map(defaults.map(({ key, text }) => [key, text]))
    const after = new Set(objects.map(({ key }) => key))
    const gone = defaults.filter(({ key }) => !after.has(key)).map(({ key }) => `# gone: ${key}\n`)
    const changed = objects.filter(({ key, text }) => before.get(key) !== text)
    const shown = changed.map(({ key, text }) =>
      key.startsWith('CustomResourceDefinition') ? `# changed: ${key}\n` : `---\n${withoutFiles(text)}\n`,
    )
    await expect([...gone, ...shown].join('')).toMatchFileSnapshot(join(FIXTURES, `snapshots/${name}.yaml`))
  })

  test.for(VALUES)('with %s never serves the namespaces that must come up without us', async ([, file]) => {
    const selectors = namespaceSelectorsOf(renderedObjects(await template('-f', file)))
    expect(selectors.length).toBeGreaterThanOrEqual(4)
    for (const [expression] of selectors) {
      expect(expression).toMatchObject({ key: 'kubernetes.io/metadata.name', operator: 'NotIn' })
      expect(expression.values).toEqual(
        expect.arrayContaining(['kube-system', 'kube-node-lease', 'kube-public', 'platform']),
      )
    }
  })

  test.for(VALUES)('with %s gives flags that serve takes', async ([, file]) => {
    const flags = serveFlagsOf(renderedObjects(await template('-f', file)))
    expect(Object.keys(flags).filter((flag) => !KNOWN_FLAGS.has(flag))).toEqual([])
    const { problems } = readServeSettings({ flags, state: [], cluster: true }, {})
    expect(problems).toEqual([])
  })

  describe('refuses', () => {
    let said: ReadonlyMap<string, HelmResult>
    beforeAll(async () => {
      const results = REFUSED_VALUES.map(async ({ what, args, foreignKinds = true }) => {
        const apis = foreignKinds ? FOREIGN_APIS : []
        return [
          what,
          await helm.run(['template', 'shared', CHART, '-n', 'platform', ...apis, ...args]),
        ] as const
      })
      said = new Map(await Promise.all(results))
    })

    test.for(REFUSED_VALUES)('$what, with a sentence', ({ what, sentence }) => {
      expect(said.get(what)?.stderr).toContain(sentence)
      expect(said.get(what)?.code).toBe(1)
    })

    test('with no sentence that is tried nowhere, but those about what a cluster has', () => {
      const text = readFileSync(join(CHART, 'templates/_refusals.tpl'), 'utf8')
      const sentences = [...text.matchAll(/\{\{- fail (?:\(printf )?"([^"]+)"/g)].map(
        ([, format = '']) => format,
      )
      const all = [...said.values()].map(({ stderr }) => stderr).join('\n')
      const untried = sentences.filter((format) => !new RegExp(patternOf(format)).test(all))
      // tried on a cluster: chart-release.e2e.test.ts, chart-changes.e2e.test.ts
      expect(untried).toEqual([
        expect.stringContaining('crds.enabled false, but the release brought'),
        expect.stringContaining('that Helm did not make'),
        expect.stringContaining('that Helm did not install'),
        expect.stringContaining('serves this cluster already'),
      ])
    })
  })

  test.for([
    ['serviceMonitor.enabled=true'],
    ['reviewApi.enabled=true', 'networkPolicy.apiServerCIDRs={10.0.0.0/28}'],
  ])('gives a cure for %s that can be pasted', async (values) => {
    const args = values.flatMap((value) => ['--set', value])
    const refused = await helm.run(['template', 'shared', CHART, '-n', 'platform', ...FOREIGN_APIS, ...args])
    const [, cure = 'none'] = /--set-json '([^']+)'/.exec(refused.stderr) ?? []
    expect(await template(...args, '--set-json', cure)).toContain('kind: NetworkPolicy')
  })

  test.for([
    ['', ' docs/runbooks/'],
    ['https://git.example/x', ' https://git.example/x/docs/runbooks/'],
    ['https://git.example/x/', ' https://git.example/x/docs/runbooks/'],
  ])('links runbooks from "%s", with or without the slash', async ([base = '', link = 'none']) => {
    const text = await template('--set', `prometheusRule.enabled=true,prometheusRule.runbookBase=${base}`)
    expect(text).toContain(`runbook_url:${link}`)
  })

  test('has helm test print the log of its pod, and leave nothing behind, however it ends', () => {
    const hooks = defaults.filter(({ text }) => text.includes('helm.sh/hook: test'))
    expect(hooks.length).toBeGreaterThan(5)
    for (const { object } of hooks)
      expect(object).toMatchObject({
        metadata: {
          annotations: {
            'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded,hook-failed',
          },
        },
      })
    expect(hooks.find(({ key }) => key.startsWith('Pod'))?.object).toMatchObject({
      metadata: { annotations: { 'helm.sh/hook-output-log-policy': 'hook-succeeded,hook-failed' } },
    })
  })

  test('is what deploy/install.yaml was written from', async () => {
    expect(readFileSync(join(ROOT, INSTALL_MANIFEST), 'utf8'), 'run: npm run chart').toBe(
      await installManifest(helm.program),
    )
  })

  describeOnCluster('by the schemas of the API server', (cluster) => {
    const folder = join(cluster.dir, 'schemas')
    let kubeconform: string
    beforeAll(async () => {
      const result = await findAssets(['kubeconform'])
      if (!result.found) throw new Error(result.reason)
      kubeconform = result.assets.programs.kubeconform
      await writeSchemas(cluster.request, folder)
    })

    /** What kubeconform says; kinds that the API server does not have are passed over by name. */
    async function conform(yaml: string): Promise<string> {
      const foreign = 'Certificate,Issuer,ServiceMonitor,PrometheusRule'
      const args = ['-strict', '-summary', '-skip', foreign, '-schema-location', schemaLocation(folder), '-']
      const run = promisify(execFile)(kubeconform, args)
      run.child.stdin?.end(yaml)
      return run.then(
        ({ stdout }) => stdout,
        (error: unknown) => (error as { stdout: string }).stdout,
      )
    }

    test.for([['defaults', join(CHART, 'values.yaml')] as const, ...VALUES])(
      'kubeconform takes every object of %s',
      async ([, file]) => {
        expect(await conform(await template('-f', file))).toMatch(/Invalid: 0, Errors: 0/)
      },
    )

    test('kubeconform would say what is wrong: a field that no kind has, and one of another type', async () => {
      const deployment = defaults.find(({ key }) => key.startsWith('Deployment'))?.text ?? ''
      expect(await conform(deployment.replace('maxSurge: 1', 'maxSurges: 1'))).toContain('maxSurges')
      expect(await conform(deployment.replace('replicas: 2', 'replicas: two'))).toContain('Invalid: 1')
    })
  })
})

/** Alerts and dashboard are files of their own, with tests of their own. */
function withoutFiles(text: string): string {
  return text.replace(/^( *(?:[a-z-]+\.json: \|-|groups:)\n)[^]*$/m, '$1    # as in files/')
}

/** A format of printf as a pattern. */
function patternOf(format: string): string {
  return format
    .split(/%[sd]/)
    .map((part) => part.replaceAll(/[^\w ]/g, String.raw`\$&`))
    .join('.+')
}
