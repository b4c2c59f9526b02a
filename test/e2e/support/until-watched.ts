import { waitUntil } from '../../cluster/wait-until.ts'
import type { InstalledWebhook } from './installed-webhook.ts'
import { aPod } from './pods.ts'
import { reviewOf } from './reviews.ts'

/** Resolves when the server decides on the instance from its cache: its watches have brought it, not a live look-up. */
export async function untilWatched(
  webhook: InstalledWebhook,
  namespace: string,
  appId: string,
): Promise<void> {
  const lookUps = (): Promise<number> => webhook.metric('dapr_shared_live_lookups_total')
  await waitUntil(`the watches have brought the instance ${appId}`, async () => {
    const before = await lookUps()
    const { body } = await webhook.server.review('mutate', reviewOf(aPod('asking', appId), namespace))
    return body.includes('"allowed":true') && (await lookUps()) === before
  })
}
