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

  /** by object or list, the field in it that was found last */
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

  /** From the one that was found last: many fields of one object are asked for one after the other. */
  #fieldIn(parent: number, step: string | number): number | undefined {
    const first = parent + 1
    const reached = this.#reached.get(parent) ?? first
    const found = this.#among(reached, this.#ends[parent] ?? 0, step) ?? this.#among(first, reached, step)
    if (found !== undefined) this.#reached.set(parent, found)
    return found
  }

  #among(from: number, end: number, step: string | number): number | undefined {
    for (let field = from; field < end; field = this.#ends[field] ?? end) {
      if (this.#steps[field] === step) return field
    }
    return undefined
  }
}
