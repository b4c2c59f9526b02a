/** An API server that is asked about one pod by several webhooks has enough to do with a few pods at once. */
const AT_ONCE = 4

/**
 * Asks about all things, a few at a time; the answers stand in the order of the things. After an answer that no other will
 * better, as of a connection that is lost, nothing more is asked.
 */
export async function askInOrder<Thing, Item extends { readonly message: string }>(
  things: readonly Thing[],
  ask: (thing: Thing) => Promise<{ readonly item: Item; readonly isLast: boolean }>,
  {
    unasked,
    progress,
  }: {
    /** what to say of a thing that was not asked about */
    readonly unasked: (thing: Thing, why: string) => Item
    readonly progress: (done: number) => void
  },
): Promise<Item[]> {
  const items: Item[] = []
  const waiting = things.entries()
  let done = 0
  let end: string | undefined
  const work = async (): Promise<void> => {
    for (const [index, thing] of waiting) {
      if (end === undefined) {
        const { item, isLast } = await ask(thing)
        if (isLast) end ??= `not asked, as another had no answer: ${item.message}`
        items[index] = item
      } else items[index] = unasked(thing, end)
      progress(++done)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return items
}
