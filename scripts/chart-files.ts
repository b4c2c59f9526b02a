import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { SERVE_FLAGS } from '../src/config/serve-flags.ts'
import { BUILT_IN_SECRET } from '../src/config/tls-settings.ts'
import { VERSION } from '../src/config/version.ts'
import { SYSTEM_NAMESPACES } from '../src/core/vocabulary.ts'
import * as access from '../src/install/access-rules.ts'
import { CHECK_RULES } from '../src/install/check-access.ts'
import { NAME } from '../src/install/names.ts'
import { crdFiles } from '../src/policy/crd-files.ts'
import { policiesForChart, rolesForChart, webhooksForChart } from './chart-objects.ts'
import { valuesSchema } from './chart-schema.ts'
import { chartValues, valuesTable } from './chart-values.ts'

/** The chart's folder, from the root of the checkout. */
export const CHART = 'deploy/chart'

const ROOT = join(import.meta.dirname, '..')
const TABLE = /(<!-- values, written by npm run chart -->\n)[^]*(<!-- end of values -->)/
/** Made for people who have no chart, and taken into it as they are. */
const OBSERVABILITY = ['prometheus-rules.yaml', 'dashboard.json']

/**
 * The files of the chart that are written, by their paths in it: what the code knows, stands in the code alone. Templates,
 * values.yaml and the rest of the README are written by hand.
 */
export function chartFiles(): ReadonlyMap<string, string> {
  const values = chartValues(chartFile('values.yaml'))
  return new Map([
    ['Chart.yaml', yaml(CHART_YAML)],
    ['values.schema.json', `${JSON.stringify(valuesSchema(values), null, 2)}\n`],
    ['README.md', chartFile('README.md').replace(TABLE, `$1\n${valuesTable(values)}\n\n$2`)],
    ...[...crdFiles()].map(([name, text]) => [`files/crds/${name}`, text] as const),
    ...Object.entries(dataFiles()).map(([name, data]) => [`files/${name}.yaml`, yaml(data)] as const),
    ...OBSERVABILITY.flatMap((name) => {
      const source = join(ROOT, 'deploy/observability', name)
      return existsSync(source) ? [[`files/${name}`, readFileSync(source, 'utf8')] as const] : []
    }),
  ])
}

const CHART_YAML = {
  apiVersion: 'v2',
  name: NAME,
  type: 'application',
  description: 'Points pods at their Dapr Shared instance at admission, and refuses what cannot work',
  version: VERSION,
  appVersion: VERSION,
  // matchConditions and ValidatingAdmissionPolicy are there for good since then
  kubeVersion: '>=1.30.0-0',
  keywords: ['dapr', 'admission', 'webhook'],
}

/** Flags of serve that no value of the chart stands for: people give them as extraArgs. */
const FREE_FLAGS = new Set(['kubeconfig', 'context'])

/** What templates read by `.Files.Get`. */
function dataFiles(): Record<string, unknown> {
  return {
    names: {
      name: NAME,
      builtInSecret: BUILT_IN_SECRET,
      systemNamespaces: SYSTEM_NAMESPACES,
      chartFlags: SERVE_FLAGS.map(({ name }) => name).filter((name) => !FREE_FLAGS.has(name)),
      freeFlags: [...FREE_FLAGS],
    },
    access: {
      cluster: access.CLUSTER_RULES,
      events: access.EVENT_RULES,
      lease: access.LEASE_RULES,
      secret: access.secretRules('SECRET'),
      builtInSecret: access.BUILT_IN_SECRET_RULES,
      caBundle: access.CA_BUNDLE_RULES,
      check: CHECK_RULES,
    },
    roles: rolesForChart(),
    webhooks: webhooksForChart(),
    policies: policiesForChart(),
  }
}

/** `Off` and the like in quotes, as Helm reads YAML 1.1, where they are booleans. */
function yaml(data: unknown): string {
  return `# Written by npm run chart.\n${stringify(data, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`
}

function chartFile(name: string): string {
  return readFileSync(join(ROOT, CHART, name), 'utf8')
}
