import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeAuthority, signServing } from '../src/certs/authority.ts'
import { canPin, startLoad } from './children.ts'
import { commandsTable, measureCommands } from './command-line.ts'
import { measureDecisions } from './decisions.ts'
import { IMAGE, imageTable, measureImage } from './image.ts'
import { measureRow, type Bench, type Measured } from './measure.ts'
import { measurePolicies, policiesTable } from './policy-decisions.ts'
import { aimsTable, resultTable } from './report.ts'
import { FLEETS, ROWS, type Row } from './rows.ts'
import { round } from './table.ts'

const USAGE = `npm run bench -- [--quick] [--only TEXT] [--build DIR] [--baseline DIR] [--profile DIR]

  --quick      fewer rows, fewer and shorter rounds
  --only       the rows whose name contains TEXT
  --build      keep the build under test in DIR, to be a baseline later
  --baseline   compare with the build in DIR instead of the bare server
  --profile    run the sources as they are, and write CPU profiles of the server to DIR
`

/** What the decisions under policies are called to `--only`. */
const POLICIES = 'policies, inside the process'

/** What the commands are called to `--only`. */
const COMMANDS = 'command line'

/** The bundle's entry, as rolldown.config.ts names it. */
const PROGRAM = 'dapr-shared.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    build: { type: 'string' },
    baseline: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (options.help) process.stdout.write(USAGE)
else await main()

async function main(): Promise<void> {
  const started = performance.now()
  const dir = mkdtempSync(join(tmpdir(), 'dapr-shared-bench-'))
  try {
    print(machine())
    const inProcess = options.quick ? 200 : 500
    if (options.only === '') print(measureDecisions(FLEETS, inProcess))
    const policies = isWantedName(POLICIES) ? await measurePolicies(inProcess) : []
    if (policies.length > 0) print(policiesTable(policies))
    const program =
      options.profile === undefined ? [build(options.build ?? join(dir, 'build'))] : profiled(options.profile)
    if (isWantedName(COMMANDS)) print(commandsTable(measureCommands(program, dir, options.quick ? 3 : 5)))
    const measured = await measureRows(dir, program)
    if (measured.length === 0) return
    print(resultTable(measured, options.baseline === undefined ? 'bare' : 'baseline'))
    if (options.baseline === undefined) print(aimsTable(measured, policies))
    print(`${round((performance.now() - started) / 1000)} s, load average now ${loadAverage()}`)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

async function measureRows(dir: string, program: readonly string[]): Promise<Measured[]> {
  const rows = ROWS.filter(isWanted)
  const [bundle] = options.profile === undefined && isWantedName(IMAGE) ? program : []
  if (rows.length === 0 && bundle === undefined) return []
  await using load = startLoad()
  const bench: Bench = {
    dir,
    load,
    program,
    baseline: options.baseline === undefined ? undefined : [join(options.baseline, PROGRAM)],
    tls: await makeCertificate(dir),
    pairs: options.quick ? 3 : 5,
    roundMs: options.quick ? 500 : 800,
  }
  if (bundle !== undefined) print(imageTable(await measureImage(bench, bundle, options.quick ? 5 : 9)))
  const measured: Measured[] = []
  for (const row of rows) measured.push(await measureRow(bench, row))
  return measured
}

function isWanted({ name, from, isQuick }: Row): boolean {
  if (from === 'floor' && options.baseline !== undefined) return false
  return isWantedName(name) && (isQuick === true || !options.quick)
}

function isWantedName(name: string): boolean {
  return name.includes(options.only)
}

/** The program as the image has it: one bundle. */
function build(dir: string): string {
  const bundler = fileURLToPath(new URL('../node_modules/.bin/rolldown', import.meta.url))
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { status, stderr } = spawnSync(bundler, ['--config', 'rolldown.config.ts', '--dir', dir], { cwd })
  if (status !== 0) throw new Error(`rolldown failed: ${stderr.toString()}`)
  return join(dir, PROGRAM)
}

function profiled(dir: string): string[] {
  return ['--cpu-prof', '--cpu-prof-dir', dir, fileURLToPath(new URL('../src/main.ts', import.meta.url))]
}

async function makeCertificate(dir: string): Promise<Bench['tls']> {
  const now = (): Date => new Date()
  const authority = await makeAuthority({ commonName: 'Dapr Shared bench', now, days: 1 })
  const { certPem, keyPem } = await signServing({
    authority,
    hosts: ['localhost', '127.0.0.1'],
    now,
    days: 1,
  })
  const files = { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key') }
  writeFileSync(files.cert, certPem)
  writeFileSync(files.key, keyPem, { mode: 0o600 })
  return files
}

function machine(): string {
  const [first] = cpus()
  const pinned = canPin ? 'servers on one core, load on another' : 'nothing is pinned: ratios are worth less'
  return `Node ${process.version}, ${cpus().length} cores ${first?.model ?? ''}, load average ${loadAverage()}; ${pinned}.`
}

function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
