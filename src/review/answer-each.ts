import { FactUnavailable } from '../facts/fact-source.ts'
import { describe, type Manifest } from '../state/manifest.ts'
import type { Unanswered } from './answer-review.ts'

export interface AnsweredEach<T> {
  readonly answered: readonly T[]
  readonly unanswered: readonly Unanswered[]
}

/** Asks about one object after the other: what is unknown about one must not hide what is to be said of another. */
export async function answerEach<T>(
  manifests: readonly Manifest[],
  answer: (manifest: Manifest) => Promise<T>,
): Promise<AnsweredEach<T>> {
  const answered: T[] = []
  const unanswered: Unanswered[] = []
  for (const manifest of manifests) {
    try {
      answered.push(await answer(manifest))
    } catch (error) {
      if (!(error instanceof FactUnavailable)) throw error
      unanswered.push({ manifest, why: error.message })
    }
  }
  return { answered, unanswered }
}

/** A sentence about an object of which no decision can be made. */
export function unansweredNote({ manifest, why }: Unanswered, defaultNamespace: string): string {
  const { source, kind, name, namespace } = manifest
  const object = name === '' ? kind : describe({ kind, name, namespace: namespace || defaultNamespace })
  return `unknown: whether ${object} (${source.file}:${source.line}) is admitted: ${why}.`
}
