import type { Ledger } from '../e2e/support/load-ledger.ts'
import { rotateAuthority, rotateServing } from './certificates.ts'
import type { Plan, Step } from './plan.ts'
import type { Stage } from './stage.ts'

export interface PlanResult {
  readonly asking: Ledger
  readonly plain: Ledger
}

/**
 * Takes all the steps of a plan while pods are created through the API server.
 *
 * @param tell is told of each step that is done
 * @throws Error when a step does not come to its end
 */
export async function runPlan(
  stage: Stage,
  plan: Plan,
  failurePolicy: 'Fail' | 'Ignore',
  tell: (line: string) => void,
): Promise<PlanResult> {
  await stage.install.setFailurePolicy(failurePolicy)
  await using load = stage.startLoad(plan.rates)
  await load.advance(plan.between)
  const started = performance.now()
  for (const [index, step] of plan.steps.entries()) {
    const lag = plan.lags[index % plan.lags.length] ?? 0
    stage.replicas.setLag(lag)
    const began = performance.now()
    if (step === 'API server restart') await load.whileApiServerIsDown(() => restartApiServer(stage))
    else await STEPS[step](stage)
    await load.advance(plan.between)
    const { sent, counts } = load.asking
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    tell(
      `${step} (lag ${lag} ms): ${seconds} s; so far ${counts.right} of ${sent} as they should be, ${sent - counts.right - counts['set-aside']} lost or under way`,
    )
  }
  const minutes = (performance.now() - started) / 60_000
  tell(`${minutes.toFixed(1)} minutes, ${(load.asking.sent / minutes / 60).toFixed(0)} pods/s that ask`)
  await load.stop()
  return { asking: load.asking, plain: load.plain }
}

const STEPS: Readonly<Record<Exclude<Step, 'API server restart'>, (stage: Stage) => Promise<void>>> = {
  'serving certificate': ({ cluster, replicas }) => rotateServing(cluster, () => replicas.running),
  CA: ({ cluster }) => rotateAuthority(cluster),
  'rolling restart': ({ replicas }) => replicas.rollingRestart(),
  async 'CA and rolling restart'({ cluster, replicas }) {
    await Promise.all([rotateAuthority(cluster), replicas.rollingRestart()])
  },
}

async function restartApiServer({ cluster }: Stage): Promise<void> {
  await cluster.stopApiServer()
  await cluster.startApiServer()
}
