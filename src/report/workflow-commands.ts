/**
 * Text for a log that the runner of GitHub Actions reads, with nothing in it that the runner takes for a command: it reads
 * `::name::` at the beginning of a line (after white space), and, from older times, `##[name]` anywhere. A backslash
 * breaks both, and is seen.
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(/(^|[\r\n])((?:[^\S\r\n]|\u0085)*)::/g, '$1$2\\::').replaceAll('##[', '##\\[')
}
