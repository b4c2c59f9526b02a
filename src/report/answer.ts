import type { Report } from './report.ts'

/** What a command has to say, before anybody chose how. What nobody asks for is never made. */
export interface Answer {
  /** for a person; `colour` for a terminal that wants it */
  readonly text: (options: { readonly colour: boolean }) => string
  /** the same text piece by piece, where it may be long; each ends with a line break */
  readonly textPieces?: (options: { readonly colour: boolean }) => Iterable<string>
  /** the document that `json` and `yaml` print */
  readonly document: () => object
  readonly report: () => Report
  /** one JSON Patch for each object, where the command makes patches; null where nobody knows it */
  readonly patches?: () => readonly (readonly object[] | null)[]
}
