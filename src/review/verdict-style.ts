import type { Style } from '../report/paint.ts'
import type { Verdict } from './review-manifest.ts'

export const VERDICT_STYLE: Readonly<Record<Verdict, Style>> = {
  refused: ['red', 'bold'],
  'does not ask': 'dim',
  'admitted unchanged': 'green',
  'admitted without injection': 'yellow',
  injected: 'green',
}
