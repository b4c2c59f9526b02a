import type { Format } from './formats.ts'

/**
 * Text for a log that the runner of GitHub Actions reads, with nothing in it that the runner takes for a command: it reads
 * `::name::` at the beginning of a line (after white space), and, from older times, `##[name]` anywhere. A backslash
 * breaks both, and is seen.
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(/(^|[\r\n])((?:[^\S\r\n]|\u0085)*)::/g, '$1$2\\::').replaceAll('##[', '##\\[')
}

/** The same in any format: where a format has escapes of its own, what a reader of it gets stays what it was. */
export function withoutCommandsIn(format: Format, text: string): string {
  switch (format) {
    case 'json':
    case 'sarif':
    case 'openreports':
    case 'patch':
      // such a text stands in strings alone, which begin with a quotation mark
      return text.replaceAll('##[', String.raw`#\u0023[`)
    case 'junit':
      return text.replaceAll('##[', '#&#35;[').replaceAll(/^([^\S\r\n]*):(?=:)/gm, '$1&#58;')
    case 'text':
    case 'yaml':
    case 'github':
    case 'markdown':
    case 'tap':
      return withoutCommands(text)
  }
}
