import { createTwoFilesPatch } from 'diff'
import { stringify } from 'yaml'
import type { Pod } from '../core/pod.ts'

/** What the two pods of a difference are called. */
export interface PodNames {
  readonly before: string
  readonly after: string
}

const ADMISSION: PodNames = { before: 'as written', after: 'as admitted' }

/** A unified diff of a pod before and after admission, as YAML; empty where nothing changed. */
export function podDifference(before: Pod, after: Pod, named: PodNames = ADMISSION): string {
  if (before === after) return ''
  const [, ...lines] = createTwoFilesPatch(named.before, named.after, yamlOf(before), yamlOf(after), '', '', {
    context: 3,
  }).split('\n')
  return lines.join('\n').trimEnd()
}

function yamlOf(pod: Pod): string {
  return stringify(pod, { lineWidth: 0, aliasDuplicateObjects: false })
}
