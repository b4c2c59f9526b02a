import { CROSS_FIELD } from './invalid/cross-field.ts'
import { EMPTY_PARTS } from './invalid/empty-parts.ts'
import { EXCEPTIONS } from './invalid/exceptions.ts'
import { FIELDS } from './invalid/fields.ts'
import { GRANTS } from './invalid/grants.ts'
import { INSTANCES } from './invalid/instances.ts'
import { NAMES_AND_LIMITS } from './invalid/names-and-limits.ts'
import { WHOLE_OBJECTS } from './invalid/whole-objects.ts'
import { WORDS } from './invalid/words.ts'
import type { InvalidCase } from './resource-case.ts'

/** What both our reader and an API server must refuse, and where both say that the fault is. */
export const INVALID_RESOURCES: readonly InvalidCase[] = [
  ...WHOLE_OBJECTS,
  ...FIELDS,
  ...EMPTY_PARTS,
  ...WORDS,
  ...CROSS_FIELD,
  ...NAMES_AND_LIMITS,
  ...GRANTS,
  ...EXCEPTIONS,
  ...INSTANCES,
]
