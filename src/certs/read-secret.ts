import { createHash } from 'node:crypto'
import { readFields } from '../kube/read-fields.ts'

/** A Secret, as far as it is about certificates. Shows its content in no JSON and to no inspection, so in no log. */
export class SeenSecret {
  readonly resourceVersion: string
  readonly annotations: Readonly<Record<string, unknown>>
  /** of its content: two are the same only if this is, too */
  readonly digest: string
  readonly #texts: Readonly<Record<string, string>>

  constructor(object: unknown) {
    const { metadata, data } = readFields(object)
    const { resourceVersion, annotations } = readFields(metadata)
    this.resourceVersion = typeof resourceVersion === 'string' ? resourceVersion : ''
    this.annotations = readFields(annotations)
    this.#texts = Object.fromEntries(
      Object.entries(readFields(data)).flatMap(([key, value]) =>
        typeof value === 'string' ? [[key, Buffer.from(value, 'base64').toString('utf8')]] : [],
      ),
    )
    this.digest = createHash('sha256').update(JSON.stringify(this.#texts)).digest('hex')
  }

  /** By key. */
  texts(): Readonly<Record<string, string>> {
    return this.#texts
  }
}

export function secretsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`
}
