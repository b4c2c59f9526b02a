import { keyOf } from '../../src/kube/object-meta.ts'
import type { Change } from '../../src/kube/object-store.ts'

/** Notes what it is told, and plays it into a map of its own, which must never be told anything impossible. */
export class Recorder<T> {
  readonly changes: Change<T>[] = []
  readonly replayed = new Map<string, T>()

  readonly onChange = (change: Change<T>): void => {
    const key = keyOf(change)
    const held = this.replayed.get(key)
    const expected = change.type === 'added' ? undefined : change.before
    if (held !== expected) throw new Error(`${change.type} ${key} does not follow from what was told before`)
    this.changes.push(change)
    if (change.type === 'deleted') this.replayed.delete(key)
    else this.replayed.set(key, change.after)
  }

  /** As `added a`, and `modified a` */
  get told(): string[] {
    return this.changes.map(({ type, name }) => `${type} ${name}`)
  }

  forget(): void {
    this.changes.length = 0
  }
}
