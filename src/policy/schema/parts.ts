import * as z from 'zod'

/**
 * An object of known fields and no others. What is said in `sentence` is what `kubectl explain` shows; a part with
 * `notEmpty` must say something, so that a misspelt field that the API server pruned does not leave one that matches,
 * or allows, everything.
 */
export function part<Shape extends z.ZodRawShape>(
  sentence: string,
  shape: Shape,
  { notEmpty = false } = {},
): z.ZodObject<Shape, z.core.$strict> {
  const object = z.strictObject(shape)
  if (!notEmpty) return object.meta({ description: sentence })
  const fields = Object.keys(shape)
  return object
    .superRefine((value, context) => {
      if (Object.keys(value).length === 0)
        context.addIssue({ code: 'custom', message: `wanted at least one of ${fields.join(', ')}, got none` })
    })
    .meta({ description: sentence, minProperties: 1 })
}

/** Longest list anywhere; with it the API server's cost estimate of our CEL stays far below its limit. */
export const LONGEST_LIST = 64

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** A list whose entries stand in the order in which they were written. */
export function list<Item extends z.ZodType>(
  sentence: string,
  item: Item,
  { min = 0, max = LONGEST_LIST }: Bounds = {},
): z.ZodArray<Item> {
  return bounded(item, { min, max }).meta({ description: sentence, 'x-kubernetes-list-type': 'atomic' })
}

/** A list of plain values, each at most once; never empty, as an empty one could mean "none" or "all". */
export function setOf<Item extends z.ZodType<string>>(
  sentence: string,
  item: Item,
  { min = 1, max = LONGEST_LIST }: Bounds = {},
): z.ZodArray<Item> {
  return bounded(item, { min, max })
    .superRefine((values, context) => refuseRepeated(values, context))
    .meta({ description: sentence, 'x-kubernetes-list-type': 'set' })
}

/** A list of objects told apart by `keys`; merged by them in a server-side apply. */
export function listByKeys<Item extends z.ZodType<object>>(
  sentence: string,
  item: Item,
  keys: readonly (keyof z.infer<Item> & string)[],
  { min = 0, max = LONGEST_LIST }: Bounds = {},
): z.ZodArray<Item> {
  return bounded(item, { min, max })
    .superRefine((values, context) =>
      refuseRepeated(
        values.map((value) => keys.map((key) => String(value[key as keyof typeof value])).join('/')),
        context,
      ),
    )
    .meta({
      description: sentence,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': [...keys],
    })
}

function bounded<Item extends z.ZodType>(item: Item, { min, max }: Required<Bounds>): z.ZodArray<Item> {
  const most = z.array(item).max(max)
  return min === 0 ? most : most.min(min)
}

function refuseRepeated(values: readonly string[], context: z.RefinementCtx): void {
  for (const [index, value] of values.entries()) {
    if (values.indexOf(value) < index)
      context.addIssue({ code: 'custom', path: [index], message: `${value} stands in the list twice` })
  }
}
