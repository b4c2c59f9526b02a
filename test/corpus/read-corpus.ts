import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { GENERATED_VALUES } from './generated-values.ts'

/** One file is one row of the list of bad input; a row with several inputs has several cases. See README.md. */

const FOLDER = import.meta.dirname
const bytes = z.instanceof(Buffer)

const change = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal(['add', 'replace']), path: z.string(), value: z.unknown() }),
  z.strictObject({ op: z.literal('remove'), path: z.string() }),
  z.strictObject({ op: z.literal('move'), path: z.string(), from: z.string() }),
])

const texts = z.record(z.string(), z.string())

/** A pod as aPod makes it, with these parts instead of its own. */
const pod = z.strictObject({
  annotations: texts.optional(),
  labels: texts.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  spec: z.record(z.string(), z.unknown()).optional(),
})

const review = z.strictObject({
  /** of the pod, instead of the one that asks for "cart" */
  annotations: texts.optional(),
  /** instead of the creation of a pod its change */
  update: z.strictObject({ subResource: z.string().optional(), from: pod, to: pod }).optional(),
  /** RFC 6902, applied to the ordinary review of ordinary-review.ts */
  change: z.array(change).optional(),
})

const part = z.union([
  z.string(),
  bytes,
  z.strictObject({ review }),
  z.strictObject({ requestOf: review }),
  z.strictObject({ membersOf: review }),
])

const request = z
  .strictObject({
    method: z.string().default('POST'),
    path: z.string().default('/mutate'),
    headers: texts.default({}),
    chunked: z.boolean().default(false),
    body: z.union([z.string(), bytes, z.array(part)]).optional(),
    review: review.optional(),
  })
  .refine(
    (given) => given.body === undefined || given.review === undefined,
    'body and review: one of the two',
  )

const rawRequest = z.strictObject({
  raw: z.array(z.union([z.string(), bytes, z.strictObject({ post: review })])),
})

const expectation = z.strictObject({
  status: z.number(),
  /** the one word that a refused caller is told */
  error: z.string().optional(),
  headers: texts.optional(),
  allowed: z.boolean().optional(),
  code: z.union([z.literal(403), z.literal(422)]).optional(),
  /** that refuse, in order */
  rules: z.array(z.string()).optional(),
  /** texts that stand in the refusal's message */
  message: z.array(z.string()).optional(),
  /** a text of each warning, in order; without it there must be none */
  warnings: z.array(z.string()).optional(),
  /** containers that get variables by the patch; without it there must be no patch */
  injected: z.array(z.string()).optional(),
  /** by container and name, after the patch: a value, or secret/key */
  env: z.record(z.string(), texts).optional(),
})

const oneCase = z.strictObject({
  name: z.string(),
  cluster: z.string().optional(),
  /** a real API server can produce it, and then answers alike */
  apiServer: z.literal(true).optional(),
  request: z.union([rawRequest, request]),
  expect: z.union([expectation, z.strictObject({ answers: z.array(expectation), closed: z.boolean() })]),
})

const file = z.strictObject({
  row: z.number(),
  name: z.string(),
  /** where the contract says otherwise than the row, or a case cannot be made */
  note: z.string().optional(),
  cluster: z.string().default('shop'),
  cases: z.array(oneCase).min(1),
})

export type ReviewChange = z.infer<typeof review>
export type Part = z.infer<typeof part>
export type Request = z.infer<typeof request>
export type RawRequest = z.infer<typeof rawRequest>
export type Expectation = z.infer<typeof expectation>

export interface CorpusCase extends Omit<z.infer<typeof oneCase>, 'cluster'> {
  readonly row: number
  readonly file: string
  readonly cluster: string
}

/**
 * Reads every case. Strict: a field that nobody knows is an error with the file's name.
 *
 * @throws Error naming file and field
 */
export function readCorpus(folder = FOLDER): CorpusCase[] {
  return corpusFiles(folder).flatMap((name) => {
    const { row, cluster, cases, name: title } = readYaml(join(folder, name), file)
    if (!name.startsWith(`${String(row).padStart(2, '0')}-`)) throw new Error(`${name}: has row ${row}`)
    return cases.map((one) => ({
      ...one,
      cluster: one.cluster ?? cluster,
      row,
      file: name,
      name: cases.length === 1 ? title : `${title}: ${one.name}`,
    }))
  })
}

export function corpusFiles(folder = FOLDER): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d\d-[-a-z0-9]+\.yaml$/.test(name) && name !== WATCHED)
    .toSorted()
}

/** Row 90 has no requests: what a watch brings. */
export const WATCHED = '90-watch-oddities.yaml'

export function readYaml<T>(path: string, schema: z.ZodType<T>): T {
  const lineCounter = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { customTags: GENERATED_VALUES, lineCounter })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) throw new Error(`${path}: ${problem.message}`)
  const result = schema.safeParse(document.toJS())
  if (!result.success) throw new Error(`${path}: ${z.prettifyError(result.error)}`)
  return result.data
}
