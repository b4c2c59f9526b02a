import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'

/** Where an object stands: the file as the user named it, the document in it (from 1), the line (from 1). */
export interface Source {
  readonly file: string
  readonly document: number
  readonly line: number
}

/** A step into an object: a key or an index. */
export type Path = readonly (string | number)[]

/** A path for people: `spec.overrides[0].rule`; empty for the object as a whole. */
export function fieldOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** One Kubernetes object of a file. */
export interface Manifest {
  readonly source: Source
  readonly object: JsonObject
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  /** as written; empty where the object has none */
  readonly namespace: string
  /** the line of a field, or of the nearest one above it that is written down */
  lineOf(path: Path): number
}

/**
 * An object that a cluster told of: it stands in no line of any file. The items of a list do not say of what kind they are.
 *
 * @param server the address of the API server, which stands for the file
 */
export function liveManifest(
  item: JsonObject,
  { apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>,
  server: string,
): Manifest {
  const { name, namespace } = objectOr(item['metadata'])
  return {
    source: { file: server, document: 1, line: 0 },
    object: { ...item, apiVersion, kind },
    apiVersion,
    kind,
    name: typeof name === 'string' ? name : '',
    namespace: typeof namespace === 'string' ? namespace : '',
    lineOf: () => 0,
  }
}

/** Input that cannot be used: what is wrong, and where. The message begins with `file:line: `. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'

  readonly place: Pick<Source, 'file' | 'line'>
  /** what is wrong, without the place */
  readonly problem: string

  constructor(place: Pick<Source, 'file' | 'line'>, problem: string, options?: ErrorOptions) {
    super(`${place.file}:${place.line}: ${problem}`, options)
    this.place = place
    this.problem = problem
  }
}

/** `Deployment shop/order`: an object, for people. */
export function describe({ kind, namespace, name }: Pick<Manifest, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

/** The API group of an apiVersion: `apps` of `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}
