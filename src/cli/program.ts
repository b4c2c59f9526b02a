import { Command, CommanderError } from 'commander'
import { VERSION } from '../config/version.ts'
import type { AddCommand } from './add-command.ts'
import { helpAs } from './called-as.ts'
import { addBench } from './bench.ts'
import { addCerts } from './certs.ts'
import { addCheck } from './check.ts'
import { addCompletion } from './completion.ts'
import { addExplain } from './explain.ts'
import { addInstances } from './instances.ts'
import { failureOf } from './output/failure.ts'
import type { Io } from './io.ts'
import { addLint } from './lint.ts'
import { addManifests } from './manifests.ts'
import { addRecord } from './record.ts'
import { addReview } from './review.ts'
import { addServe } from './serve.ts'
import { addServer } from './server.ts'
import { addTest } from './test.ts'
import { addWhatIf } from './what-if.ts'
import { guardLog } from './output/workflow-log.ts'

const COMMANDS: readonly AddCommand[] = [
  addServe,
  addReview,
  addTest,
  addServer,
  addWhatIf,
  addExplain,
  addBench,
  addInstances,
  addLint,
  addManifests,
  addCheck,
  addCerts,
  addRecord,
  addCompletion,
]

/** Runs one command line. Expected trouble is one sentence on standard error and an exit code, never a stack. */
export async function runProgram(args: readonly string[], world: Io, name = 'dapr-shared'): Promise<number> {
  let exitCode = 0
  const io = guardLog(world, args)
  const program = new Command(name)
    .description('Points pods at their Dapr Shared instance at admission, and refuses what cannot work.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (help) => io.out(helpAs(name, help)), writeErr: io.err })
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', HELP)
  for (const add of COMMANDS) add(program, io, (code) => (exitCode = code))
  let running: Command | undefined
  program.hook('preAction', (_, command) => void (running = command))

  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    // commander has said its piece already
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const failure = failureOf(error)
    io.err(`${failure.told}\n`)
    if (running !== undefined) {
      const { writeFailure } = await import('./output/write-failure.ts')
      await writeFailure(failure, running, { io, annotate: world.err })
    }
    return failure.exitCode
  }
}

const HELP = `
Examples:
  dapr-shared serve --state deploy/examples/shop     the webhook, on a folder of manifests
  dapr-shared review -f pod.yaml --state cluster/    what it would say to a pod
  kubectl get deployment shop -o yaml | dapr-shared review -f - --cluster
  dapr-shared explain deploy/shop --cluster          why it gets that answer
  dapr-shared lint policies/ --cluster               what is wrong with policies, before kubectl apply
  dapr-shared manifests --image IMAGE | kubectl apply -f -
  dapr-shared check --cluster                        what is wrong with an installation

Exit codes: 0 fine, 1 something is refused (or found wrong), 2 bad usage or input, 3 a needed fact is unknown,
4 there was nothing to judge. Of several, the first of 2, 1, 3, 4 counts.`
