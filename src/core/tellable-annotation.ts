import { isObject } from './pod.ts'
import { ANNOTATION } from './vocabulary.ts'

/**
 * What a log or a recording may have of the value of an annotation that decisions read. Whoever misunderstands one may
 * have written a secret into it, so where names belong only what looks like names is told.
 *
 * @returns nothing for a value that must not be told
 */
export function tellableAnnotation(key: string, value: string): string | undefined {
  switch (key) {
    case ANNOTATION.status:
      return tellableStatus(value)
    case ANNOTATION.tokenSecret:
      return SECRET_KEY.test(value) ? value : undefined
    case ANNOTATION.containers:
    case ANNOTATION.excludeContainers:
      return value.split(',').every((name) => CONTAINER.test(name)) ? value : undefined
    default:
      return value
  }
}

const SECRET_KEY = /^[-.a-z0-9]{1,253}\/[-._a-zA-Z0-9]{1,253}$/
/** With the mistakes that are made of it: an empty entry, a space beside the comma, a capital. */
const CONTAINER = /^ ?[-_a-zA-Z0-9]{0,63} ?$/

/** Our own status is of names. What somebody else wrote there is not told beyond what we would have written. */
function tellableStatus(text: string): string | undefined {
  try {
    const status: unknown = JSON.parse(text)
    if (!isObject(status)) return undefined
    const own = Object.entries(status).filter(([key, value]) => OF_STATUS.has(key) && isOfNames(value))
    return JSON.stringify(Object.fromEntries(own))
  } catch {
    return undefined
  }
}

const OF_STATUS: ReadonlySet<string> = new Set(['instance', 'strategy', 'service', 'skipped', 'containers'])
const NAME = /^[-./a-zA-Z0-9]{1,512}$/

function isOfNames(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string' && NAME.test(one))
  return value === null || (typeof value === 'string' && NAME.test(value))
}
