import { instance, type InvalidCase } from '../resource-case.ts'

/** Instances that are nowhere, or where nobody may be sent. */

const ENDPOINT_FAULTS: readonly (readonly [name: string, endpoint: unknown])[] = [
  ['without a port', 'https://dapr.example.com'],
  ['with a path', 'https://dapr.example.com:443/v1.0'],
  ['that ends with a slash', 'https://dapr.example.com:443/'],
  ['with a query', 'https://dapr.example.com:443?a=b'],
  ['with a name and password', 'https://a:b@dapr.example.com:443'],
  ['of another scheme', 'grpc://dapr.example.com:443'],
  ['with its scheme in capitals', 'HTTPS://dapr.example.com:443'],
  ['with capitals in its host', 'https://Dapr.example.com:443'],
  ['at an IPv4 address', 'https://10.0.0.1:443'],
  ['at an IPv6 address', 'https://[::1]:443'],
  ['at an IPv4 address in hexadecimal', 'https://0x7f000001:443'],
  ['at an IPv4 address as one number', 'https://2130706433:443'],
  ['at an IPv4 address in two parts', 'https://127.1:443'],
  ['at port 0', 'https://dapr.example.com:0'],
  ['past the last port', 'https://dapr.example.com:65536'],
  ['with a space before it', ' https://dapr.example.com:443'],
  ['with a new line behind it', 'https://dapr.example.com:443\n'],
  ['at a name that ends with a dot', 'https://dapr.example.com.:443'],
  ['with an underscore in its host', 'https://my_dapr.example.com:443'],
  ['longer than a name may be', `https://${'a.'.repeat(130)}com:443`],
  ['of a template that was not filled in', 'https://{{ .Values.host }}:443'],
  ['without anything', ''],
]

const external = (httpEndpoint: unknown): InvalidCase['object'] =>
  instance({ appId: 'orders', external: { httpEndpoint, grpcEndpoint: 'https://grpc.example.com:443' } })

export const INSTANCES: readonly InvalidCase[] = [
  {
    name: 'an instance of another name',
    object: instance(
      '{appId: orders, external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443"}}',
      'order',
    ),
    at: 'metadata.name',
    says: 'must be the app-id',
  },
  {
    name: 'an instance of no app-id',
    object: instance('{external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443"}}'),
    at: 'spec.appId',
    says: 'is required',
  },
  {
    name: 'an instance that is nowhere',
    object: instance('{appId: orders}'),
    at: 'spec.external',
    says: 'is required',
  },
  {
    name: 'an instance without gRPC',
    object: instance('{appId: orders, external: {httpEndpoint: "https://a:443"}}'),
    at: 'spec.external.grpcEndpoint',
    says: 'is required',
  },
  {
    name: 'an app-id too long',
    object: instance(
      `{appId: ${'a'.repeat(59)}, external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443"}}`,
      'a'.repeat(59),
    ),
    at: 'spec.appId',
    says: 'at most 58 characters, got 59',
  },
  {
    name: 'a token in no key',
    object: instance(
      '{appId: orders, external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443", apiTokenSecret: {name: token}}}',
    ),
    at: 'spec.external.apiTokenSecret.key',
    says: 'is required',
  },
  {
    name: 'a token written down',
    object: instance(
      '{appId: orders, external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443", apiToken: secret}}',
    ),
    at: 'spec.external.apiToken',
    says: 'did you mean apiTokenSecret?',
  },
  {
    name: 'a token in a key that is a path',
    object: instance(
      '{appId: orders, external: {httpEndpoint: "https://a:443", grpcEndpoint: "https://a:443", apiTokenSecret: {name: token, key: ".."}}}',
    ),
    at: 'spec.external.apiTokenSecret.key',
    says: 'a key of a Secret',
  },
  ...ENDPOINT_FAULTS.map(([name, endpoint]) => ({
    name: `an endpoint ${name}`,
    object: external(endpoint),
    at: 'spec.external.httpEndpoint',
    says: 'wanted',
  })),
]
