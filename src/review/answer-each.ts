import { FactUnavailable } from '../facts/fact-source.ts'
import { describe, type Manifest, type Source } from '../state/manifest.ts'
import type { ReviewedObject } from './result.ts'
import { isReview } from './review-manifest.ts'

/** An object of which no decision can be made, as a cluster does not tell what one needs. */
export interface Unanswered {
  readonly source: Source
  readonly object: ReviewedObject
  readonly why: string
  /** how many others were answered before it */
  readonly position: number
}

export interface AnsweredEach<T> {
  readonly answered: readonly T[]
  readonly unanswered: readonly Unanswered[]
}

/** Asks about one object after the other: what is unknown about one must not hide what is to be said of another. */
export async function answerEach<T>(
  manifests: readonly Manifest[],
  defaultNamespace: string,
  answer: (manifest: Manifest) => Promise<T>,
): Promise<AnsweredEach<T>> {
  const answered: T[] = []
  const unanswered: Unanswered[] = []
  for (const manifest of manifests) {
    try {
      answered.push(await answer(manifest))
    } catch (error) {
      if (!(error instanceof FactUnavailable)) throw error
      const object = objectOf(manifest, defaultNamespace)
      unanswered.push({ source: manifest.source, object, why: error.message, position: answered.length })
    }
  }
  return { answered, unanswered }
}

function objectOf(manifest: Manifest, defaultNamespace: string): ReviewedObject {
  const { apiVersion, kind, name, namespace } = manifest
  return { apiVersion, kind, name, namespace: namespace || (isReview(manifest) ? '' : defaultNamespace) }
}

/** `Pod shop/app`, and of a recorded review, which has no name of its own, its kind. */
export function nameOfUnanswered({ object }: Unanswered): string {
  return object.name === '' ? object.kind : describe(object)
}

/** A sentence about an object of which no decision can be made. */
export function unansweredNote(one: Unanswered): string {
  const { source, why } = one
  return `unknown: whether ${nameOfUnanswered(one)} (${source.file}:${source.line}) is admitted: ${why}.`
}
