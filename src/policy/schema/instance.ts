import { endpoint } from './endpoint.ts'
import { appId, dataKey, dnsSubdomain } from './names.ts'
import { part } from './parts.ts'

const external = part('An instance outside the cluster, such as Diagrid Catalyst or a virtual machine.', {
  httpEndpoint: endpoint('Where it speaks HTTP: scheme, DNS name and port, and nothing else.'),
  grpcEndpoint: endpoint('Where it speaks gRPC: scheme, DNS name and port, and nothing else.'),
  apiTokenSecret: part('Where its API token is: a Secret of the same namespace, which is never read here.', {
    name: dnsSubdomain('The name of the Secret.'),
    key: dataKey('The key in it.'),
  }).exactOptional(),
})

export const instanceSpec = part('An instance that no chart runs.', {
  appId: appId('The app-id that it serves; also the name of this object.'),
  external,
})
