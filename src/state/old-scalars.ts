import type { ScalarTag } from 'yaml'

/*
 * kubectl reads YAML 1.1 as go-yaml v2 has it (by way of sigs.k8s.io/yaml), where a bare `Off` is a boolean and a bare `010`
 * is 8: a plain value must mean here what it will mean there. Numbers beyond 2^53 are rounded here as JavaScript does.
 */

/** A bare `yes`, `Off` or `y` is no text. */
const BOOLEAN: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
}

/** Whatever begins like a number: that which is none after all stays a text, also where YAML 1.2 makes a number of it. */
const NUMBER: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?\.?[0-9]/,
  resolve: readNumber,
}

/** kubectl makes JSON of a file, which has no such numbers, and refuses it. */
const NOT_FINITE: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve(text, onError) {
    onError(`${text} is a number that JSON does not have. Put it in quotes if it is a text`)
    return text
  },
}

/** Before those of the library, the first that fits counts. */
export const OLD_SCALARS: readonly ScalarTag[] = [BOOLEAN, NUMBER, NOT_FINITE]

const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BEGINS_WITH_POINT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/

function readNumber(text: string): number | string {
  // one that begins with a point is read by stricter rules
  if (text.startsWith('.') && !BEGINS_WITH_POINT.test(text)) return text
  const plain = text.replaceAll('_', '')
  const integer = readInteger(plain)
  if (integer !== undefined) return Number(integer)
  const decimal = DECIMAL.test(plain) ? Number(plain) : Number.POSITIVE_INFINITY
  return Number.isFinite(decimal) ? decimal : text
}

const LEAST = -(2n ** 63n)
const MOST = 2n ** 64n - 1n

/** A whole number of 64 bits, with the bases that its beginning may name: a bare 0 is that of octals. */
function readInteger(plain: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(plain) ?? []
  const literal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase()
  if (!/^(?:0|[1-9][0-9]*|0b[01]+|0o[0-7]+|0x[0-9a-f]+)$/.test(literal)) return undefined
  const value = sign === '-' ? -BigInt(literal) : BigInt(literal)
  return value >= LEAST && value <= MOST ? value : undefined
}
