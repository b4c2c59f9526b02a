import type { Assets } from '../cluster/assets.ts'
import type { Privilege } from './privileges.ts'
import { openStage, type Stage, type StageOptions } from './rig/stage.ts'

/** What every scenario may use. */
export interface World {
  /** the long form repeats more, and waits out what the short form only begins */
  readonly long: boolean
  /** how much longer than the fault list says a thing may take: a busy machine is no fault of the service */
  readonly slack: number
  readonly soakMinutes: number
  readonly privileges: ReadonlySet<Privilege>
  readonly assets: Assets
  /** The installation that scenarios share, in which the instance `order` is known. */
  readonly stage: () => Promise<Stage>
  /** One of its own; whoever asks for it disposes of it. */
  readonly ownStage: (options?: StageOptions) => Promise<Stage>
}

export interface OpenWorld extends AsyncDisposable {
  readonly world: World
  /** the stage that is shared now, if one is open */
  readonly shared: () => Stage | undefined
  /** Takes the shared stage down: the next scenario gets a new one. */
  readonly discard: () => Promise<void>
}

/** Nothing is started before a scenario asks for it. */
export function openWorld(settings: Omit<World, 'stage' | 'ownStage'>): OpenWorld {
  let stage: Stage | undefined
  const discard = async (): Promise<void> => {
    const old = stage
    stage = undefined
    await old?.[Symbol.asyncDispose]()
  }
  return {
    world: {
      ...settings,
      stage: async () => (stage ??= await openStage(settings.assets)),
      ownStage: (options) => openStage(settings.assets, options),
    },
    shared: () => stage,
    discard,
    [Symbol.asyncDispose]: discard,
  }
}
