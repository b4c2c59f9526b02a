import { createTwoFilesPatch } from 'diff'
import { stringify } from 'yaml'
import type { Pod } from '../core/pod.ts'

/** A unified diff of a pod before and after admission, as YAML; empty where nothing changed. */
export function podDifference(before: Pod, after: Pod): string {
  if (before === after) return ''
  const [, ...lines] = createTwoFilesPatch(
    'as written',
    'as admitted',
    yamlOf(before),
    yamlOf(after),
    '',
    '',
    {
      context: 3,
    },
  ).split('\n')
  return lines.join('\n').trimEnd()
}

function yamlOf(pod: Pod): string {
  return stringify(pod, { lineWidth: 0, aliasDuplicateObjects: false })
}
