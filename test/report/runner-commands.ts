import { unescape } from 'node:querystring'

export interface RunnerCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

/**
 * The commands that the runner of GitHub Actions would carry out, read from a log as it does (ActionCommand.cs of actions/runner): the
 * form `::name k=v::` at the beginning of a line, and the older `##[name]` anywhere in one that is not of the first form.
 */
export function commandsIn(log: string): RunnerCommand[] {
  return log.split(/\r\n|\r|\n/).flatMap((line): RunnerCommand[] => {
    const text = line.replace(/^[\s\u0085]+/, '')
    const end = text.startsWith('::') ? text.indexOf('::', 2) : -1
    if (end > 0) {
      const [name = '', ...rest] = text.slice(2, end).split(' ')
      const pairs = rest
        .join(' ')
        .split(',')
        .filter((pair) => pair !== '')
      const properties = Object.fromEntries(
        pairs.map((pair) => {
          const [key = '', value = ''] = pair.split('=', 2)
          return [key, unescapeIt(pair.includes('=') ? pair.slice(key.length + 1) : value)]
        }),
      )
      return [{ name, properties, message: unescapeIt(text.slice(end + 2)) }]
    }
    const old = /##\[([^\]]*)\]/.exec(text)
    return old === null ? [] : [{ name: old[1] ?? '', properties: {}, message: '' }]
  })
}

/** Only what the runner unescapes: %25, %0D, %0A, %3A, %2C. */
function unescapeIt(text: string): string {
  return text.replaceAll(/%(?:25|0D|0A|3A|2C)/g, unescape)
}
