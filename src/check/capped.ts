import { line, type Line } from './line.ts'

/** Of a thousand instances with one defect a person reads the first few. */
const MOST = 20

/** The first lines of one check, and one that counts the rest. @param all the command that shows all of them */
export function capped(lines: readonly Line[], all: string): Line[] {
  const shown = lines.slice(0, MOST)
  const last = lines.at(MOST)
  if (last === undefined) return shown
  return [
    ...shown,
    line(last.id, last.level, {
      what: `${lines.length - MOST} more of the same kind.`,
      cure: `See them all: ${all}`,
    }),
  ]
}
