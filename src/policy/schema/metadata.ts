import * as z from 'zod'
import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from './label-selector.ts'
import { DNS_LABEL_PATTERN, dnsSubdomain } from './names.ts'

/** The parts of a key on either side of its slash (Kubernetes docs, "Labels and Selectors"). */
const LONGEST_PREFIX = 253

const isKey = (value: string): boolean =>
  LABEL_KEY_PATTERN.test(value) && value.lastIndexOf('/') <= LONGEST_PREFIX

const WANTED_KEY = 'wanted a key, such as env or example.com/team'
const labelKey = z.string().refine(isKey, WANTED_KEY)
/** Of annotations alone, the API server takes capitals before the slash. */
const annotationKey = z.string().refine((value) => isKey(value.toLowerCase()), WANTED_KEY)

const labelValue = z
  .string()
  .max(63, 'wanted at most 63 characters')
  .regex(LABEL_VALUE_PATTERN, 'wanted the value of a label')
  .nullable()

const instant = z
  .string()
  .regex(
    /^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/,
    'wanted a date and time',
  )

/**
 * Metadata as the API server checks it for every kind; no CRD says it. What only the API server and controllers write
 * is hardly looked at: exported objects carry it. A label or annotation with nothing behind it is an empty one.
 */
export const metadata = z.strictObject({
  name: dnsSubdomain('The name of the object.'),
  namespace: z
    .string()
    .max(63)
    .refine((value) => value === '' || DNS_LABEL_PATTERN.test(value), 'wanted the name of a namespace')
    .exactOptional(),
  labels: z.record(labelKey, labelValue).exactOptional(),
  annotations: z.record(annotationKey, z.string().nullable()).exactOptional(),
  creationTimestamp: instant.exactOptional(),
  generation: z.int().exactOptional(),
  uid: z.string().exactOptional(),
  resourceVersion: z.string().exactOptional(),
  generateName: z.string().exactOptional(),
  deletionTimestamp: instant.exactOptional(),
  deletionGracePeriodSeconds: z.int().exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  ownerReferences: z.array(z.looseObject({})).exactOptional(),
  managedFields: z.array(z.looseObject({})).exactOptional(),
  selfLink: z.string().exactOptional(),
})

export type Metadata = z.infer<typeof metadata>
