import type * as z from 'zod'

/** One rule over several fields, told twice: to the API server in CEL, and to ourselves in TypeScript. */
export interface CrossFieldRule<T> {
  readonly cel: string
  readonly message: string
  /** the field to blame, where it is not the whole value */
  readonly at?: readonly (string | number)[]
  readonly holds: (value: T) => boolean
}

/**
 * Adds rules to a schema. That both halves of each agree is what test/policy/invalid-resources.ts is for: the same
 * cases go through our reader and through an API server.
 */
export function withRules<S extends z.ZodType>(
  schema: S,
  ...rules: readonly CrossFieldRule<z.infer<S>>[]
): S {
  return schema
    .superRefine((value, context) => {
      for (const { message, at = [], holds } of rules) {
        if (!holds(value)) context.addIssue({ code: 'custom', path: [...at], message })
      }
    })
    .meta({
      'x-kubernetes-validations': rules.map(({ cel, message, at }) => ({
        rule: cel,
        message,
        ...fieldPath(at),
      })),
    })
}

/** A CRD may not say anything of metadata, so a path into it is left out. */
function fieldPath(at: readonly (string | number)[] = []): { fieldPath?: string } {
  return at.length === 0 || at[0] === 'metadata' ? {} : { fieldPath: `.${at.join('.')}` }
}
