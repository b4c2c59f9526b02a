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
  #escaped = false

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds
  }

  /** @returns what is exceeded, if anything is */
  measure(chunk: Uint8Array): JsonExcess | undefined {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index]
      if (this.#inString) this.#readInString(byte)
      else if (byte === QUOTE) this.#inString = true
      else if (byte === COMMA) this.#tokens += 1
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#tokens += 1
        this.#depth += 1
        if (this.#depth > this.#bounds.depth) return 'TooDeep'
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1
    }
    return this.#tokens > this.#bounds.tokens ? 'TooComplex' : undefined
  }

  #readInString(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === BACKSLASH) this.#escaped = true
    else if (byte === QUOTE) this.#inString = false
  }
}
