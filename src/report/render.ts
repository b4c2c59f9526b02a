import type { Answer } from './answer.ts'
import type { Format } from './formats.ts'
import { jsonPieces } from './json-pieces.ts'
import { yamlPieces } from './yaml-pieces.ts'

/**
 * Writes an answer in one format: for a person, or for a machine, which then gets nothing else.
 *
 * @returns text that ends with a line break
 */
export async function render(
  format: Format,
  answer: Answer,
  { colour }: { readonly colour: boolean },
): Promise<string> {
  switch (format) {
    case 'text':
      return answer.text({ colour })
    case 'json':
      return [...jsonPieces(answer.document())].join('')
    case 'yaml':
      return [...yamlPieces(answer.document())].join('')
    case 'patch':
      return (answer.patches?.() ?? []).map((patch) => `${JSON.stringify(patch)}\n`).join('')
    case 'junit':
      return (await import('./junit.ts')).toJunit(answer.report())
    case 'sarif':
      return (await import('./sarif.ts')).toSarif(answer.report())
    case 'github':
      return (await import('./github.ts')).toGithub(answer.report())
    case 'markdown':
      return (await import('./markdown.ts')).toMarkdown(answer.report())
    case 'tap':
      return (await import('./tap.ts')).toTap(answer.report())
    case 'openreports':
      return (await import('./openreports.ts')).toOpenReports(answer.report())
  }
}
