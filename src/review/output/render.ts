import { stringify } from 'yaml'
import type { ReviewResult } from '../result.ts'
import type { Reviewed } from '../review-manifest.ts'
import { renderText, type TextOptions } from './text.ts'

export const REVIEW_FORMATS = ['text', 'json', 'yaml', 'patch'] as const
export type ReviewFormat = (typeof REVIEW_FORMATS)[number]

/** Writes the result in one format: for a person, or for a machine, which then gets nothing else. */
export function renderReview(
  format: ReviewFormat,
  reviewed: readonly Reviewed[],
  result: ReviewResult,
  options: TextOptions,
): string {
  switch (format) {
    case 'text':
      return renderText(reviewed, result, options)
    case 'json':
      return `${JSON.stringify(result, undefined, 2)}\n`
    case 'yaml':
      return stringify(result, { lineWidth: 0, aliasDuplicateObjects: false })
    case 'patch':
      return result.items.map(({ patch }) => `${JSON.stringify(patch)}\n`).join('')
  }
}
