import type * as z from 'zod'
import { appIdPattern, dnsLabel, dnsSubdomain } from './names.ts'
import { listByKeys, part, setOf } from './parts.ts'

/** Namespaces by name alone: by a selector, whoever may label his namespace could let himself in. */
const consumer = part('One namespace whose pods may use them.', {
  namespace: dnsLabel('The exact name of the namespace.'),
  serviceAccounts: setOf(
    'The ServiceAccounts of that namespace that may. Absent: all of them.',
    dnsSubdomain('The name of a ServiceAccount.'),
  ).exactOptional(),
})

export const grantSpec = part('Which instances of this namespace may be used from which other namespaces.', {
  appIds: setOf(
    'The app-ids of the instances.',
    appIdPattern('An app-id, or the beginning of app-ids with a * at the end; * alone is every app-id.'),
  ),
  from: listByKeys('Who may use them.', consumer, ['namespace'], { min: 1 }),
})

export type GrantSpec = z.infer<typeof grantSpec>
