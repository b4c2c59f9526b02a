import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { makeRecord, type Recorded } from './record.ts'
import type { OpenWorld } from './world.ts'

export interface Result extends Pick<Fault, 'id' | 'title'> {
  /** why it was not run, if so */
  readonly notRun?: string
  readonly recorded: Recorded
  readonly seconds: number
  /** what the scenario itself ended with, where it could not be carried out */
  readonly error?: string
}

/** Runs faults one after the other. Whatever happens in one, the next begins with a stage that is known to be well. */
export async function runFaults(
  faults: readonly Fault[],
  world: OpenWorld,
  onResult: (result: Result) => void = () => {},
): Promise<Result[]> {
  const results: Result[] = []
  for (const fault of faults) {
    const result = await runFault(fault, world)
    results.push(result)
    onResult(result)
  }
  return results
}

export async function runFault(fault: Fault, open: OpenWorld): Promise<Result> {
  const { id, title } = fault
  const { record, recorded } = makeRecord()
  if (fault.notRun !== undefined) return { id, title, notRun: fault.notRun, recorded, seconds: 0 }

  const before = open.shared()?.webhook.server
  const began = performance.now()
  let error: string | undefined
  try {
    await fault.run(open.world, record)
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  }
  const seconds = (performance.now() - began) / 1000

  const stage = open.shared()
  if (stage !== undefined && fault.spoils !== true && error === undefined) {
    const { server } = stage.webhook
    if (before !== undefined && fault.newServer !== true)
      record.holds('it was one server process throughout', server === before)
    record.holds('the server is alive', !server.hasEnded())
    const errors = server.log.filter(({ level }) => level === 'error' || level === 'fatal')
    record.is(
      'errors in its log',
      errors.map(({ msg }) => msg),
      [],
    )
    if (server.hasEnded()) error = 'the shared server has ended'
    else {
      const after = await answersAgain(stage)
      record.is('afterwards a pod is injected', after, 'injected')
      if (after !== 'injected') error = 'the shared stage is of no use any more'
    }
  }
  if (error !== undefined || fault.spoils === true) await open.discard()
  return { id, title, recorded, seconds, ...(error === undefined ? {} : { error }) }
}

/** The last answer; not the first, as an API server that has just come back has words of its own. */
async function answersAgain({ ask }: NonNullable<ReturnType<OpenWorld['shared']>>): Promise<string> {
  let said = ''
  for (let tries = 0; tries < 100; tries++) {
    const { kind, message } = await ask()
    if (kind === 'injected' || kind === 'not injected') return kind
    said = `${kind}: ${message}`
    await sleep(100)
  }
  return said
}

export function passed({ recorded, error }: Result): boolean {
  return error === undefined && recorded.observations.every(({ ok }) => ok)
}
