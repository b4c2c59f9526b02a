import * as z from 'zod'

interface TextBounds {
  readonly max: number
  readonly pattern?: RegExp
  /** what the pattern asks for, in the words of a message: `an app-id, such as orders` */
  readonly wanted?: string
}

/**
 * A text of at most `max` characters, counted as the API server counts them: by code point, where JavaScript's own
 * `length` counts an emoji as two. Patterns are read by Go's RE2 as well, so they have no look-around, and `^` and `$`
 * stand for the ends of the text in both.
 */
export function text(sentence: string, { max, pattern, wanted = 'another text' }: TextBounds): z.ZodString {
  const bounded = z.string().superRefine((value, context) => {
    const characters = Array.from(value).length
    if (characters > max)
      context.addIssue({ code: 'custom', message: `wanted at most ${max} characters, got ${characters}` })
  })
  return (pattern === undefined ? bounded : bounded.regex(pattern, `wanted ${wanted}`)).meta({
    description: sentence,
    maxLength: max,
  })
}

/** One of a few words. */
export function oneOf<const Values extends readonly [string, ...string[]]>(
  sentence: string,
  values: Values,
): z.ZodEnum<z.core.util.ToEnum<Values[number]>> {
  return z.enum(values).meta({ description: sentence })
}

/** A whole number from `min` to `max`. */
export function wholeNumber(sentence: string, { min, max }: { min: number; max: number }): z.ZodInt {
  return z.int().min(min).max(max).meta({ description: sentence, format: 'int32' })
}
