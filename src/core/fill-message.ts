/** What an override's message may name in braces. */
export interface Placeholders {
  readonly appId: string
  readonly namespace: string
  readonly pod: string
  readonly policy: string
  readonly instance: string
}

const PLACEHOLDER = /\{([a-zA-Z]+)\}/g
const LONGEST_VALUE = 63

/** What a pod's name may be made of; at admission nobody has checked it yet. */
const SAFE_VALUE = /^[-a-z0-9./]*$/

/** Letters of any language may be shown; what is not seen, or turns a line around, is told for what it is. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Fills in a message that a policy gives. A value that is no name of Kubernetes is told as `?`. */
export function fillMessage(message: string, values: Placeholders): string {
  const visible = message.replaceAll(UNSEEN, (odd) => `\\u{${odd.codePointAt(0)?.toString(16)}}`)
  return visible.replaceAll(PLACEHOLDER, (whole, name: string) => {
    if (!Object.hasOwn(values, name)) return whole
    const value = values[name as keyof Placeholders]
    return value.length <= 4 * LONGEST_VALUE && SAFE_VALUE.test(value) ? value : '?'
  })
}
