import jsonpatch, { type Operation } from 'fast-json-patch'
import { aPod, aReview, type PodParts, type ReviewParts } from '../admission/a-review.ts'
import type { Part, Request, ReviewChange } from './read-corpus.ts'

type Review = Record<string, unknown> & { request: Record<string, unknown> }

/** The review of the pod shop/web, which asks for "cart", with a case's changes. */
export function changedReview({ annotations, update, change = [] }: ReviewChange = {}): Review {
  const review = aReview({
    ...(annotations === undefined ? {} : { object: aPod({ annotations }) }),
    ...(update === undefined ? {} : updateOf(update)),
  })
  return jsonpatch.applyPatch(review, structuredClone(change) as Operation[], true, true, false)
    .newDocument as Review
}

function updateOf({ subResource, from, to }: NonNullable<ReviewChange['update']>): ReviewParts {
  return {
    operation: 'UPDATE',
    oldObject: aPod(definedOf(from)),
    object: aPod(definedOf(to)),
    ...(subResource === undefined ? {} : { subResource }),
  }
}

function definedOf(pod: NonNullable<ReviewChange['update']>['from']): PodParts {
  return Object.fromEntries(Object.entries(pod).filter(([, value]) => value !== undefined))
}

/** The pod of that review. */
export function changedPod(change: ReviewChange = {}): Record<string, unknown> {
  return changedReview(change).request['object'] as Record<string, unknown>
}

/** The body that a case sends. */
export function bodyOf({ body, review }: Pick<Request, 'body' | 'review'>): Buffer {
  if (body === undefined) return review === undefined ? Buffer.alloc(0) : bytesOf({ review })
  return Array.isArray(body) ? Buffer.concat(body.map(bytesOf)) : bytesOf(body)
}

function bytesOf(part: Part): Buffer {
  if (typeof part === 'string') return Buffer.from(part)
  if (Buffer.isBuffer(part)) return part
  if ('review' in part) return Buffer.from(JSON.stringify(changedReview(part.review)))
  if ('requestOf' in part) return Buffer.from(JSON.stringify(changedReview(part.requestOf).request))
  return Buffer.from(JSON.stringify(changedReview(part.membersOf)).slice(1, -1))
}
