import type { Answer } from '../../report/answer.ts'
import { fromRepository } from '../../report/from-repository.ts'
import type { Io } from '../io.ts'
import { isReadByRunner } from './workflow-log.ts'

/** In a job of GitHub Actions reports name files from the checkout's root, whatever the folder of the step. */
export function fromWorkspace(answer: Answer, io: Io): Answer {
  const root = io.env['GITHUB_WORKSPACE']
  if (!isReadByRunner(io) || !root) return answer
  return { ...answer, report: () => fromRepository(answer.report(), root, io.cwd) }
}
