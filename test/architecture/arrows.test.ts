import { describe, expect, test } from 'vitest'
import { closureOf, findCycle, readImports, sourceFiles, type Import } from './read-imports.ts'

/** The arrows of docs/architecture.md. Each rule says why it is there and how to mend a break. */

const imports = readImports()
const tell = ({ from, to }: Import): string => `${from} -> ${to}`
const folderOf = (file: string): string => file.split('/')[0] ?? ''

/** Kubernetes or wire shapes in, plain values out: they touch nothing, so anybody may use them. */
const PURE_TRANSLATORS = [
  /^admission\/(review|decide-review|deadline|bounded-json|reply)\.ts$/,
  /^discovery\/(instance-change|loose|read-daprd|recognize|recognize-service|recognize-external|inventory-store|rate-limit|source)\.ts$/,
  /^state\/(manifest|incomplete|line-index|field-lines|parse-json|split-json|split-list|written-out|yaml-problem|decode-text|parse-manifests|refuse-twins|state-store|build-snapshot)\.ts$/,
  /^workloads\//,
  /^facts\/(fact-source|gather-and-decide|state-facts|consumers|own-workload|workload-key|owners|owner-reference|owner-selector)\.ts$/,
  /^certs\/(renewal|certificate-error|find-issuer)\.ts$/,
  /^config\/(log-level|serve-settings|version)\.ts$/,
  /^install\//,
  /^policy\//,
  /^lint\//,
  /^check\//,
  /^report\//,
  /^review\//,
  /^server-dry-run\//,
  /^explain\//,
  /^bench-decisions\//,
  /^what-if\//,
  /^suite\//,
]

const FEATURES = [
  'admission',
  'certs',
  'discovery',
  'operations',
  'state',
  'telemetry',
  'refusal-events',
  'review-api',
  'review',
  'server-dry-run',
  'install',
  'policy',
  'lint',
  'check',
  'report',
  'explain',
  'bench-decisions',
  'what-if',
  'suite',
  'record',
]

/** The only files that may touch the world. */
const OUTSIDE =
  /^(node:(fs|net|http|https|tls|child_process|dgram|dns)(\/.*)?|fastify|undici|@kubernetes\/client-node|node:timers\/promises)$/
const SHELLS = [
  /^main\.ts$/,
  /^app\.ts$/,
  /^app\/(lead|listening|open-certificates)\.ts$/,
  /^cli\//,
  /^kube\//,
  /^certs\//,
  /^admission\/(server|read-body|connections|client-check)\.ts$/,
  /^operations\/server\.ts$/,
  /^config\/cluster-domain\.ts$/,
  /^discovery\/cluster-source\.ts$/,
  /^state\/(read-files|watch-paths|folder-source)\.ts$/,
]

const matches = (patterns: readonly RegExp[], file: string): boolean =>
  patterns.some((pattern) => pattern.test(file))

describe('arrows only point inward', () => {
  test('core imports core alone: the decision knows no Kubernetes client, no clock, no environment, no log', () => {
    const outward = imports.filter(({ from, to }) => folderOf(from) === 'core' && folderOf(to) !== 'core')
    expect(outward.map(tell), 'hand in what core needs as an argument').toEqual([])
  })

  test('a feature uses no sibling but its pure translators, so that each can be read and changed alone', () => {
    const sideways = imports.filter(
      ({ from, to, kind }) =>
        kind !== 'type' &&
        FEATURES.includes(folderOf(from)) &&
        FEATURES.includes(folderOf(to)) &&
        folderOf(from) !== folderOf(to) &&
        !matches(PURE_TRANSLATORS, to),
    )
    expect(sideways.map(tell), 'let app.ts hand over what is needed, or move the pure part to core').toEqual(
      [],
    )
  })

  test('pure translators touch nothing', () => {
    const impure = imports.filter(
      ({ from, to, kind }) => kind !== 'type' && matches(PURE_TRANSLATORS, from) && OUTSIDE.test(to),
    )
    expect(impure.map(tell), 'let a shell read or write, and hand the value in').toEqual([])
  })

  test('only the listed shells touch files, sockets, fastify and the Kubernetes client', () => {
    const outside = imports.filter(
      ({ from, to, kind }) => kind !== 'type' && OUTSIDE.test(to) && !matches(SHELLS, from),
    )
    expect(outside.map(tell), 'do the I/O in a shell, or add the file to SHELLS with a reason').toEqual([])
  })

  test('only kube/ knows @kubernetes/client-node', () => {
    const direct = imports.filter(
      ({ from, to }) => to === '@kubernetes/client-node' && folderOf(from) !== 'kube',
    )
    expect(direct.map(tell), 'ask for what is missing in kube/kube-client.ts').toEqual([])
  })

  test('a command loads no server and no Kubernetes client before it needs one: review runs offline, and starts fast', () => {
    const loaded = [...closureOf('cli/program.ts', imports)]
    const heavy = loaded.filter((file) =>
      ['fastify', 'pino', 'undici', 'node-forge', '@kubernetes/client-node'].includes(file),
    )
    expect(heavy, 'import it with import() where it is used').toEqual([])
  })

  test('a server on a folder of manifests loads no Kubernetes client, which costs 85 MB', () => {
    expect([...closureOf('app.ts', imports)]).not.toContain('@kubernetes/client-node')
  })

  test('nobody imports the composition root but the commands, nor the commands but main', () => {
    const upward = imports.filter(
      ({ from, to }) =>
        (to === 'app.ts' && folderOf(from) !== 'cli') ||
        (folderOf(to) === 'cli' && folderOf(from) !== 'cli' && from !== 'main.ts') ||
        to === 'main.ts',
    )
    expect(upward.map(tell)).toEqual([])
  })

  test('no cycles', () => {
    expect(findCycle(imports), 'take the shared part out into a file of its own').toBeUndefined()
  })

  test('the product knows nothing of its tests', () => {
    expect(imports.filter(({ to }) => to.startsWith('..') && !to.endsWith('package.json')).map(tell)).toEqual(
      [],
    )
  })
})

describe('names tell the content', () => {
  test('no file is called utils, helpers, common or manager', () => {
    expect(
      sourceFiles().filter((file) => /(^|[/-])(utils?|helpers?|common|managers?|misc)[.-]/.test(file)),
    ).toEqual([])
  })
})
