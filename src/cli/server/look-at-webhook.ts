import { objectOr } from '../../core/cluster-facts.ts'
import type { Pod } from '../../core/pod.ts'
import type { Settings } from '../../core/settings.ts'
import { stringsOf } from '../../discovery/loose.ts'
import { NAME } from '../../install/names.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { Configuration, Missing } from '../../server-dry-run/webhook-part.ts'

const ASK_MS = 30_000

/** What can be seen of why our webhook had no part in a pod; asked for where it had none, the cluster once for all pods. */
export type WebhookLookUp = (pod: Pod | undefined, namespace: string) => Promise<Missing>

export function makeWebhookLookUp(
  client: KubeClient,
  { excludedNamespaces }: Pick<Settings, 'excludedNamespaces'>,
): WebhookLookUp {
  let configuration: Promise<Configuration> | undefined
  const labels = new Map<string, Promise<Missing['namespaceLabels']>>()
  return async (pod, namespace) => {
    configuration ??= readConfiguration(client)
    const ofNamespace = labels.get(namespace) ?? readLabels(client, namespace)
    labels.set(namespace, ofNamespace)
    return {
      pod,
      namespace,
      excludedNamespaces,
      configuration: await configuration,
      namespaceLabels: await ofNamespace,
    }
  }
}

async function readConfiguration(client: KubeClient): Promise<Configuration> {
  try {
    const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${NAME}`
    return { kind: 'found', object: await client.get(path, { signal: AbortSignal.timeout(ASK_MS) }) }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { kind: 'absent' }
    return { kind: 'unreadable', why: error instanceof Error ? error.message : 'no answer' }
  }
}

async function readLabels(client: KubeClient, namespace: string): Promise<Missing['namespaceLabels']> {
  try {
    const object = await client.get(`/api/v1/namespaces/${namespace}`, {
      signal: AbortSignal.timeout(ASK_MS),
    })
    return stringsOf(objectOr(objectOr(object)['metadata'])['labels'])
  } catch {
    // without them less can be told, and nothing wrong
    return undefined
  }
}
