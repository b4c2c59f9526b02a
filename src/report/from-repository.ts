import { posix } from 'node:path'
import type { Source } from '../state/manifest.ts'
import { isFile } from './place.ts'
import type { Report } from './report.ts'

/**
 * A report whose files are named from the root of a checkout, as GitHub reads annotations and SARIF, wherever in it the
 * command ran. Files outside keep their names.
 *
 * @param cwd where the files' relative names start
 */
export function fromRepository(report: Report, root: string, cwd: string): Report {
  const { entries, troubles } = report
  const moved = (source: Source): Source => ({ ...source, file: nameFrom(root, cwd, source) })
  return {
    ...report,
    entries: entries.map((entry) => ({
      ...entry,
      source: moved(entry.source),
      problems: entry.problems.map((problem) => ({ ...problem, source: moved(problem.source) })),
    })),
    troubles: troubles?.map((trouble) => ({
      ...trouble,
      source: trouble.source === undefined ? undefined : moved(trouble.source),
    })),
  }
}

function nameFrom(root: string, cwd: string, source: Source): string {
  if (!isFile(source)) return source.file
  const name = posix.relative(root, posix.resolve(cwd, source.file))
  return name === '..' || name.startsWith('../') ? source.file : name
}
