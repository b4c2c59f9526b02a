import { BUILT_IN_SECRET } from '../../../../src/config/tls-settings.ts'
import { accessObjects } from '../../../../src/install/access.ts'
import type { TestCluster } from '../../../cluster/attach.ts'
import {
  NAME,
  removeConfigurations,
  renderInstall,
  SYSTEM_NAMESPACE,
  type RenderedInstall,
} from '../installation.ts'
import { mergePatch, parseObjects, type KubeObject } from '../objects.ts'

export interface ServiceInstall {
  readonly rendered: RenderedInstall
  /** with the rights of its ServiceAccount, and no others */
  readonly kubeconfig: string
  /** what the API server does with a pod that asks when no replica answers */
  setFailurePolicy(policy: 'Fail' | 'Ignore'): Promise<void>
  /** as many Pods of the installed Deployment as it has replicas, or none: kwok plays them, and none of them serves */
  scaleDeployment(replicas: number): Promise<void>
}

export interface ServiceInstallOptions {
  /** of `manifests` */
  readonly flags?: readonly string[]
  /** files: those of `rendered`; built-in: an empty Secret, no `caBundle`, and the rights to fill both */
  readonly certificates?: 'files' | 'built-in'
}

/**
 * Installs all that `dapr-shared manifests` prints, for replicas behind its Service. Its Deployment has none: its Pods would
 * be fake, and the API server would call them.
 */
export async function installService(
  cluster: TestCluster,
  { flags = [], certificates = 'files' }: ServiceInstallOptions = {},
): Promise<ServiceInstall> {
  const rendered = await renderInstall(cluster, flags)
  const objects = parseObjects(rendered.yaml).map(withoutReplicas)
  const installed = certificates === 'files' ? objects : withBuiltIn(objects)
  await removeConfigurations(cluster)
  await applyAll(cluster, installed)
  return {
    rendered,
    kubeconfig: await cluster.createServiceAccountKubeconfig(SYSTEM_NAMESPACE, NAME),
    async setFailurePolicy(policy) {
      await applyAll(cluster, installed.filter(isConfiguration).map(withFailurePolicy(policy)))
    },
    async scaleDeployment(replicas) {
      const path = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/${NAME}`
      const { status, body } = await mergePatch(cluster, path, { spec: { replicas } })
      if (status !== 200) throw new Error(`${NAME} cannot be scaled: ${JSON.stringify(body)}`)
    },
  }
}

/** JSON documents are YAML documents, too. */
async function applyAll(cluster: TestCluster, objects: readonly KubeObject[]): Promise<void> {
  await cluster.apply(objects.map((object) => `---\n${JSON.stringify(object)}\n`).join(''))
}

function withoutReplicas(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object
  return { ...object, spec: { ...(object['spec'] as object), replicas: 0 } }
}

function isConfiguration({ kind }: KubeObject): boolean {
  return kind.endsWith('WebhookConfiguration')
}

interface Webhook {
  readonly name: string
  readonly clientConfig: { readonly caBundle?: string | undefined }
}

function withWebhooks(object: KubeObject, change: (webhook: Webhook) => Webhook): KubeObject {
  return { ...object, webhooks: (object['webhooks'] as Webhook[]).map(change) }
}

function withFailurePolicy(failurePolicy: 'Fail' | 'Ignore'): (configuration: KubeObject) => KubeObject {
  const isForPods = ({ name }: Webhook): boolean => /^(?:mutate|validate)\./.test(name)
  return (object) => withWebhooks(object, (one) => (isForPods(one) ? { ...one, failurePolicy } : one))
}

/** As the chart renders it. */
function withBuiltIn(objects: readonly KubeObject[]): KubeObject[] {
  const labels = objects.find(({ kind }) => kind === 'Deployment')?.metadata.labels ?? {}
  const access = accessObjects({
    namespace: SYSTEM_NAMESPACE,
    labels,
    certificates: { mode: 'built-in' },
  }) as KubeObject[]
  const isAccess = ({ kind, metadata: { name } }: KubeObject): boolean =>
    access.some((one) => one.kind === kind && one.metadata.name === name)
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: BUILT_IN_SECRET, namespace: SYSTEM_NAMESPACE, labels },
  }
  const others = objects.filter((object) => !isAccess(object)).map(withoutBundle)
  return [...others, ...access, secret]
}

function withoutBundle(object: KubeObject): KubeObject {
  if (!isConfiguration(object)) return object
  // undefined is not written as JSON
  return withWebhooks(object, ({ clientConfig, ...one }) => ({
    ...one,
    clientConfig: { ...clientConfig, caBundle: undefined },
  }))
}
