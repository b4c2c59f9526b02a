import type { Report } from './report.ts'

/** What a command has to say, before anybody chose how. What nobody asks for is never made. */
export interface Answer {
  /** for a person; `colour` for a terminal that wants it */
  readonly text: (options: { readonly colour: boolean }) => string
  /** the document that `json` and `yaml` print */
  readonly document: () => object
  readonly report: () => Report
  /** one JSON Patch for each item, where the command makes patches */
  readonly patches?: () => readonly (readonly object[])[]
}
