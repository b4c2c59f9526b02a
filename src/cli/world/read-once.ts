import { CommandError } from '../io.ts'

/** Standard input for all options that may name it. */
export function readOnce(read: () => Promise<string>): () => Promise<string> {
  let isRead = false
  return () => {
    if (isRead) throw new CommandError('standard input (-) is named twice: it can be read once.')
    isRead = true
    return read()
  }
}
