import { painter, type Paint, type Style } from '../report/paint.ts'
import { placeOf } from '../report/place.ts'
import { visibleLine } from '../report/visible.ts'
import { isFound, type ServerItem, type ServerResult } from './result.ts'
import { tellChange, tellDifference, tellOutcome, tellSpeaker } from './tell-item.ts'

/** The answer for a person: what the API server says to each pod, who says so, and what differs. */
export function serverText(
  { items, summary }: ServerResult,
  { colour }: { readonly colour: boolean },
): string {
  const paint = painter(colour)
  const blocks = items.filter(isWorthTelling).map((item) => tellItem(item, paint))
  const { admitted, refused, unknown, differing, missing, warned } = summary
  const objects = items.length === 1 ? '1 object' : `${items.length} objects`
  const total = `${objects}: ${admitted} admitted, ${refused} refused, ${unknown} unknown; ${differing} different from the offline answer, ${missing} without our webhook, ${warned} with warnings`
  return [...blocks, total, ''].join('\n')
}

function isWorthTelling(item: ServerItem): boolean {
  const { asks, outcome, warnings, notes, changes } = item
  return (
    asks || outcome !== 'admitted' || isFound(item) || warnings.length + notes.length + changes.length > 0
  )
}

function tellItem(item: ServerItem, paint: Paint): string {
  const { source, object, outcome, by, message, warnings, webhook, differences, changes, notes } = item
  const head = visibleLine(`${placeOf(source)}  ${object.kind} ${object.namespace}/${object.name}`)
  const lines = [`${head}: ${paint(styleOf(item), tellOutcome(item))}`]
  if (message !== '') lines.push(`  ${visibleLine(message)}`)
  if (outcome === 'unknown' && by.name !== '') lines.push(`  ${paint('dim', 'by')} ${tellSpeaker(by)}`)
  if (webhook === 'unseen' && outcome === 'admitted') {
    lines.push('  nothing tells whether our webhook ran: the pod came with all that it would get')
  }
  for (const warning of warnings) lines.push(`  ${paint('yellow', 'warning:')} ${visibleLine(warning)}`)
  // where our webhook had no part, all that is ours is lacking: that is said once
  if (webhook !== 'missing') {
    for (const one of differences)
      lines.push(`  ${paint('red', 'differs:')} ${visibleLine(tellDifference(one))}`)
  }
  for (const one of changes) lines.push(`  ${paint('cyan', 'others:')} ${visibleLine(tellChange(one))}`)
  for (const note of notes) lines.push(`  ${paint('dim', 'note:')} ${visibleLine(note)}`)
  return `${lines.join('\n')}\n`
}

function styleOf(item: ServerItem): Style {
  if (isFound(item)) return ['red', 'bold']
  return item.outcome === 'unknown' ? 'yellow' : 'green'
}
