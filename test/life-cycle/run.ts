/**
 * `npm run life-cycle`: the life cycle of two replicas behind a real Service under load, with both failure policies, and the
 * ledger of every call. Ends with 1 when one call was lost, and with 2 where it cannot be run.
 */
import { findAssets } from '../cluster/assets.ts'
import { clusterPrograms } from '../cluster/programs.ts'
import { isClean, tellLedger } from '../e2e/support/load-ledger.ts'
import { readArguments } from '../e2e/support/read-arguments.ts'
import { countSteps, LONG, SHORT } from './plan.ts'
import { runPlan } from './run-plan.ts'
import { openStage } from './stage.ts'

const USAGE = `npm run life-cycle -- [--short] [--policy Fail|Ignore] [--program FILE] [--rate N]

Lets two replicas come and go behind a real Service under load, and counts every call. Exit code 0: no call was lost;
1: one was; 2: it could not be run.

  --short     each kind of step, with a short drain
  --policy    one failure policy alone
  --program   a bundle to run instead of the sources
  --rate      pods a second that ask (200)
`

const POLICIES = ['Fail', 'Ignore'] as const

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const read = readArguments({
    args,
    options: {
      short: { type: 'boolean', default: false },
      policy: { type: 'string' },
      program: { type: 'string' },
      rate: { type: 'string', default: '200' },
      help: { type: 'boolean', default: false },
    },
  })
  if ('problem' in read) {
    tell(read.problem)
    return 2
  }
  const { values: options } = read
  if (options.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const policies = POLICIES.filter((policy) => policy === (options.policy ?? policy))
  const rate = Number(options.rate)
  if (policies.length === 0 || !(rate > 0)) {
    tell(policies.length === 0 ? '--policy is Fail or Ignore' : '--rate is a number above 0')
    return 2
  }
  const found = await findAssets(clusterPrograms)
  if (!found.found) {
    tell(found.reason)
    return 2
  }
  const rates = { asking: rate, plain: Math.ceil(rate / 10) }
  const plan = { ...(options.short ? SHORT : LONG), rates }
  const steps = [...countSteps(plan)].map(([name, count]) => `${count} x ${name}`).join(', ')
  tell(
    `${steps}; drain ${plan.drainSeconds} s, ${plan.rates.asking} pods/s that ask, ${plan.rates.plain} that do not`,
  )
  const { program } = options
  const { drainSeconds } = plan
  await using stage = await openStage({ assets: found.assets, drainSeconds, ...(program && { program }) })
  tell(`two replicas behind the Service on ${stage.replicas.how}`)
  let clean = true
  for (const policy of policies) {
    tell(`\nfailurePolicy ${policy}`)
    const { asking, plain } = await runPlan(stage, plan, policy, tell)
    tell(`${tellLedger('asking', asking)}\n${tellLedger('plain', plain)}`)
    clean &&= isClean(asking) && isClean(plain)
  }
  tell(clean ? '\nno call was lost' : '\nCALLS WERE LOST')
  return clean ? 0 : 1
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
