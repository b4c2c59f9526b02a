import { NOWHERE } from './place.ts'
import type { ExitCode, Report, ReportEntry, Trouble } from './report.ts'

const HEADINGS: Readonly<Record<ExitCode, string>> = {
  0: 'passed',
  1: 'failed',
  2: 'could not be run',
  3: 'not everything could be judged',
  4: 'nothing was judged',
}

/** What became of the run, in words: as the exit code says. */
export function headingOf({ exitCode }: Pick<Report, 'exitCode'>): string {
  return HEADINGS[exitCode]
}

/** Of a run that saw nothing to judge, in the words of every command. */
export const NOTHING_JUDGED = 'nothing was judged. --allow-empty makes that fine.'

/** What keeps the run as a whole from passing: also that nothing was judged. */
export function troublesOf({
  exitCode,
  troubles = [],
}: Pick<Report, 'exitCode' | 'troubles'>): readonly Trouble[] {
  return exitCode === 4 && troubles.length === 0 ? [{ message: NOTHING_JUDGED }] : troubles
}

/** All entries, and one for each trouble of the run: for formats that know of nothing but cases. */
export function casesOf(report: Report): readonly ReportEntry[] {
  return [...report.entries, ...troublesOf(report).map((trouble) => caseOf(trouble, report))]
}

function caseOf({ message, source = NOWHERE }: Trouble, { command }: Report): ReportEntry {
  return {
    group: source === NOWHERE ? `dapr-shared ${command}` : source.file,
    name: 'the run itself',
    source,
    outcome: 'error',
    summary: message,
    problems: [],
  }
}
