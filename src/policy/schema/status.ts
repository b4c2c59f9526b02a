import * as z from 'zod'
import { listByKeys, part } from './parts.ts'
import { oneOf, text, wholeNumber } from './text.ts'

/** What we write, never read from a file. The condition is Kubernetes' own (metav1.Condition). */

function generation(sentence: string) {
  return z.int().min(0).meta({ description: sentence, format: 'int64' })
}

const condition = part('One thing that is so, is not so, or is unknown.', {
  type: text('What it is about.', {
    max: 316,
    pattern: /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$/,
  }),
  status: oneOf('Whether it is so.', ['True', 'False', 'Unknown']),
  observedGeneration: generation('The generation of the object that it is about.').exactOptional(),
  lastTransitionTime: z
    .string()
    .meta({ description: 'When it last changed.', format: 'date-time', maxLength: 64 }),
  reason: text('Why, in one word.', { max: 1024, pattern: /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/ }),
  message: text('Why, in a sentence.', { max: 32_768 }),
})

const COUNT = { min: 0, max: 2_147_483_647 }

const shared = {
  observedGeneration: generation('The generation of the object that this status is about.').exactOptional(),
  conditions: listByKeys('What is known of the object.', condition, ['type'], { max: 16 }).exactOptional(),
}

export const status = part('What the service found; written by it alone.', shared)

export const instanceStatus = part('What the service found; written by it alone.', {
  ...shared,
  consumers: part('What uses the instance; brought up to date every 30 seconds at most.', {
    pods: wholeNumber('How many pods.', COUNT).exactOptional(),
    workloads: wholeNumber('How many workloads.', COUNT).exactOptional(),
  }).exactOptional(),
})
