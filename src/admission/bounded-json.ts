/** How large a JSON text may be before it is parsed. */
export interface JsonBounds {
  readonly depth: number
  /** objects, arrays and the separators between values: what parsing costs */
  readonly tokens: number
}

export type JsonExcess = 'TooDeep' | 'TooComplex'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Counts the structure of a JSON text chunk by chunk while it arrives, so that a hostile body is refused before it is
 * parsed, and no single step takes longer than one chunk. It finds no syntax errors: the parser does.
 */
export class JsonMeter {
  readonly #bounds: JsonBounds
  #depth = 0
  #tokens = 0
  #inString = false
  /** bytes at the next chunk's beginning that belong to an escape of this one */
  #escaped = 0

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds
  }

  /** @returns what is exceeded, if anything is */
  measure(chunk: Uint8Array): JsonExcess | undefined {
    let index = this.#inString ? this.#skipString(chunk, this.#escaped) : 0
    for (; index < chunk.length; index++) {
      const byte = chunk[index]
      if (byte === QUOTE) index = this.#skipString(chunk, index + 1) - 1
      else if (byte === COMMA) this.#tokens += 1
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#tokens += 1
        this.#depth += 1
        if (this.#depth > this.#bounds.depth) return 'TooDeep'
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1
    }
    return this.#tokens > this.#bounds.tokens ? 'TooComplex' : undefined
  }

  /** @returns where the text goes on behind the string; at the chunk's end where the string does */
  #skipString(chunk: Uint8Array, from: number): number {
    let index = from
    while (index < chunk.length && chunk[index] !== QUOTE) index += chunk[index] === BACKSLASH ? 2 : 1
    this.#inString = index >= chunk.length
    this.#escaped = index - chunk.length
    return index + 1
  }
}
