import type { Path } from './manifest.ts'

/** Tells the line of a field, or of the nearest one above it that is written down. */
export type LineOf = (path: Path) => number

/**
 * The lines of a document's fields, as they stand in the text, each before those in it: a small part of the room that
 * the nodes of a parser take, which can then be let go.
 */
export class LineIndex {
  readonly #steps: (string | number)[] = ['']
  readonly #lines: number[]
  /** where the fields below each field end */
  readonly #ends: number[] = [1]

  /** by list, the entry that was found last */
  readonly #reached = new Map<number, number>()

  constructor(firstLine: number) {
    this.#lines = [firstLine]
  }

  /** Adds a field below the one that is open; it is open until {@link end} is given what this returns. */
  add(step: string | number, line: number): number {
    this.#lines.push(line)
    this.#ends.push(0)
    return this.#steps.push(step) - 1
  }

  end(field: number): void {
    this.#ends[field] = this.#steps.length
  }

  /** To be called when all fields are in. */
  readonly lineOf: LineOf = (path) => {
    let field = 0
    this.#ends[0] = this.#steps.length
    for (const step of path) {
      const next = this.#fieldIn(field, step)
      if (next === undefined) break
      field = next
    }
    return this.#lines[field] ?? 0
  }

  #fieldIn(parent: number, step: string | number): number | undefined {
    const end = this.#ends[parent] ?? 0
    for (let field = this.#before(parent, step); field < end; field = this.#ends[field] ?? end) {
      if (this.#steps[field] !== step) continue
      if (typeof step === 'number') this.#reached.set(parent, field)
      return field
    }
    return undefined
  }

  /** Where to begin to look: a long list is asked for one entry after the other. */
  #before(parent: number, step: string | number): number {
    const reached = this.#reached.get(parent)
    const isBefore = reached !== undefined && typeof step === 'number' && Number(this.#steps[reached]) <= step
    return isBefore ? reached : parent + 1
  }
}
