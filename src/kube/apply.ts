import type { KubeClient } from './kube-client.ts'

export interface Apply {
  readonly client: KubeClient
  readonly path: string
  /** apiVersion, kind, metadata.name, and the fields that are ours; fields left out are given up */
  readonly object: object
  readonly fieldManager: string
  readonly signal: AbortSignal
}

/**
 * Server-side apply. It takes our fields from whoever has set them, and makes an object that is not there: the one way to
 * create for which a right can be limited to a name, as the authorizer sees none in a POST.
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/)
 */
export function applyObject({ client, path, object, fieldManager, signal }: Apply): Promise<unknown> {
  return client.send('PATCH', path, object, {
    query: { fieldManager, force: 'true' },
    contentType: 'application/apply-patch+yaml',
    signal,
  })
}
