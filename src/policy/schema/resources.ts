import * as z from 'zod'
import { API_VERSION, type ResourceKind } from '../kinds.ts'
import { withRules } from './cross-field.ts'
import { exceptionSpec } from './exception.ts'
import { grantSpec } from './grant.ts'
import { instanceSpec } from './instance.ts'
import { metadata } from './metadata.ts'
import { part } from './parts.ts'
import { policySpec } from './policy.ts'
import { instanceStatus, status } from './status.ts'

const policy = withRules(
  resource(
    'DaprSharedPolicy',
    'What Dapr Shared may be used for in this cluster: which pods are governed, what is demanded of them, and what happens otherwise. Constraints of all matching policies add up.',
    policySpec,
    status,
  ),
  {
    cel: "self.metadata.name != 'built-in'",
    message: 'metadata.name may not be built-in: by that word findings name what holds without any policy',
    at: ['metadata', 'name'],
    holds: (object) => object.metadata.name !== 'built-in',
  },
)

const grant = resource(
  'DaprSharedGrant',
  'Lets pods of other namespaces use instances of this one.',
  grantSpec,
  status,
)

const exception = resource(
  'DaprSharedException',
  'Excuses named workloads of this namespace from named rules of named policies, for a while.',
  exceptionSpec,
  status,
)

const instance = withRules(
  resource(
    'DaprSharedInstance',
    'An instance that no chart runs, such as an endpoint outside the cluster, which pods may ask for by its app-id.',
    instanceSpec,
    instanceStatus,
  ),
  {
    cel: 'self.metadata.name == self.spec.appId',
    message: 'metadata.name must be the app-id, so that there is one object for each',
    at: ['metadata', 'name'],
    holds: (object) => object.metadata.name === object.spec.appId,
  },
)

/** Each kind whole, from apiVersion to status. */
export const RESOURCE_SCHEMAS = {
  DaprSharedPolicy: policy,
  DaprSharedGrant: grant,
  DaprSharedException: exception,
  DaprSharedInstance: instance,
} as const satisfies Record<ResourceKind, z.ZodObject>

function resource<Kind extends ResourceKind, Spec extends z.ZodType, Status extends z.ZodType>(
  kind: Kind,
  sentence: string,
  spec: Spec,
  ownStatus: Status,
) {
  return part(sentence, {
    apiVersion: z.literal(API_VERSION).meta({ description: 'The group and the version of this schema.' }),
    kind: z.literal(kind).meta({ description: 'The kind of the object.' }),
    metadata,
    spec,
    status: z.exactOptional(ownStatus),
  })
}
