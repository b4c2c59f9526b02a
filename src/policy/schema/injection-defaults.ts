import { ENV } from '../../core/vocabulary.ts'
import { withRules } from './cross-field.ts'
import { dnsLabel, variableName } from './names.ts'
import { listByKeys, part, setOf } from './parts.ts'
import { oneOf } from './text.ts'

/** The endpoints and the token are what injection is; a further variable of their name would be a second truth. */
const RESERVED: readonly string[] = Object.values(ENV)

const variable = withRules(
  part('One further environment variable.', {
    name: variableName('The name of the variable.'),
    from: oneOf(
      'Where its value comes from. Host and HTTPPort of an external instance are those of its HTTP endpoint.',
      ['HTTPEndpoint', 'GRPCEndpoint', 'Host', 'HTTPPort', 'GRPCPort', 'AppID', 'Namespace'],
    ),
  }),
  {
    cel: `!(self.name in [${RESERVED.map((name) => `'${name}'`).join(', ')}])`,
    message: `${RESERVED.join(', ')} are always set: leave them out`,
    at: ['name'],
    holds: ({ name }) => !RESERVED.includes(name),
  },
)

export const injectionDefaults = part(
  'How pods are injected. Of several matching policies that have this block, one supplies all of it: that of the highest priority, then the oldest, then the first by name.',
  {
    onExistingEnv: oneOf(
      'What happens where a container already sets one of the variables to another value: Keep leaves it and warns, Override replaces it, Deny refuses the pod. Absent: Keep.',
      ['Keep', 'Override', 'Deny'],
    ).exactOptional(),
    env: listByKeys(
      'Further variables for each injected container, for programs that do not read the names of the Dapr SDKs.',
      variable,
      ['name'],
    ).exactOptional(),
    legacyEnv: oneOf(
      'Enabled adds the host and port variables that old clients read: DAPR_RUNTIME_HOST, DAPR_SIDECAR_IP, DAPR_HOST, DAPR_HTTP_PORT and DAPR_GRPC_PORT. Absent: Disabled.',
      ['Enabled', 'Disabled'],
    ).exactOptional(),
    initContainers: oneOf(
      'Disabled leaves plain init containers alone, but neither native sidecars nor those that the pod names. Absent: Enabled.',
      ['Enabled', 'Disabled'],
    ).exactOptional(),
    skipContainers: setOf(
      'Containers that are not injected unless the pod names them, besides those that are always skipped (daprd and the proxies of service meshes).',
      dnsLabel('The name of a container.'),
    ).exactOptional(),
  },
  { notEmpty: true },
)
