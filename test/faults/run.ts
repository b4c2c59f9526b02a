import { writeFileSync } from 'node:fs'
import { findAssets } from '../cluster/assets.ts'
import { clusterPrograms } from '../cluster/programs.ts'
import { readArguments } from '../e2e/support/read-arguments.ts'
import { FAULTS, formOf } from './catalogue.ts'
import { findPrivileges } from './privileges.ts'
import { reportOf, sectionOf, summaryOf } from './report.ts'
import { passed, runFaults } from './run-faults.ts'
import { openWorld } from './world.ts'

const USAGE = `usage: npm run faults -- [--short] [--only F3,F7] [--soak-minutes N] [--out FILE] [--list]

Makes the faults of docs/faults.md on a control plane of its own and prints, for each, what was done, what was wanted
and what was seen. --only takes every row of a number.
Exit code 0: all as required; 1: something was not; 2: it could not be run.
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const read = readArguments({
    args,
    options: {
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      'soak-minutes': { type: 'string', default: '2' },
      out: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if ('problem' in read) return tell(`${read.problem}\n`, 2)
  const { values } = read
  if (values.help) return tell(USAGE, 0)
  if (values.list)
    return tell(
      FAULTS.map((fault) => `${fault.id}  ${formOf(fault).padEnd(7)}  ${fault.title}\n`).join(''),
      0,
    )

  const only = values.only?.split(',')
  const unknown = only?.filter((id) => !FAULTS.some((fault) => fault.id === id)) ?? []
  if (unknown.length > 0) return tell(`no such fault: ${unknown.join(', ')}; --list names them all\n`, 2)
  const soakMinutes = Number(values['soak-minutes'])
  if (!(soakMinutes > 0)) return tell('--soak-minutes is a number above 0\n', 2)
  const assets = await findAssets(clusterPrograms)
  if (!assets.found) return tell(`no control plane: ${assets.reason}\n`, 2)

  await using open = openWorld({
    long: !values.short,
    slack: 2,
    soakMinutes,
    privileges: findPrivileges(),
    assets: assets.assets,
  })
  const chosen = FAULTS.filter(({ id, short }) => only?.includes(id) ?? (short || !values.short))
  const results = await runFaults(chosen, open, (result) => void tell(`${sectionOf(result)}\n`, 0))
  tell(summaryOf(results), 0)
  if (values.out !== undefined) writeFileSync(values.out, reportOf(results))
  return results.every((result) => result.notRun !== undefined || passed(result)) ? 0 : 1
}

function tell(text: string, code: number): number {
  process.stdout.write(text)
  return code
}
