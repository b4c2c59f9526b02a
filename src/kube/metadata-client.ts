import type { CallOptions, KubeClient } from './kube-client.ts'

const LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'
/** Of one object, by `get` or a watch. */
export const METADATA_OF_ONE = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

/**
 * A client whose lists and watches are of metadata alone: of a pod that is a third, and reading 50,000 of them whole is
 * what memory is spent on. A server that does not know the form sends the objects whole.
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables)
 */
export function metadataOnly(client: KubeClient): KubeClient {
  const as = (accept: string, options: CallOptions = {}): CallOptions => ({
    ...options,
    headers: { ...options.headers, accept },
  })
  return {
    server: client.server,
    get: (path, options) => client.get(path, as(LIST, options)),
    watch: (path, options) => client.watch(path, as(METADATA_OF_ONE, options)),
    send: (...request) => client.send(...request),
    post: (...request) => client.post(...request),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
