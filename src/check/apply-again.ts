import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { SERVICE_NAMESPACE } from '../core/vocabulary.ts'
import { objectsOf, stringsOf, textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import { readDeployed, type Deployed } from './deployed.ts'
import type { ClusterFacts, Named } from './facts.ts'

/** How an installation was made, as far as its objects show it. */
export interface Way {
  readonly namespace: string
  /** none where no Deployment tells */
  readonly tlsMode: Deployed['tlsMode'] | undefined
  /** of Helm; none where Helm does not keep it */
  readonly release: string | undefined
  /** the image that runs; empty where no Deployment tells */
  readonly image: string
}

export function wayOf({ namespace, deployment, service, mutating, validating }: ClusterFacts): Way {
  const object = valueOf(deployment)
  const own = [object, ...[service, mutating, validating].map(valueOf)].filter((one) => one !== undefined)
  const template = objectOr(objectOr(objectOr(object?.['spec'])['template'])['spec'])
  return {
    namespace,
    tlsMode: object === undefined ? undefined : readDeployed(object).tlsMode,
    release: own.map(releaseOf).find((release) => release !== undefined),
    image: textOf(objectsOf(template['containers'])[0]?.['image']) ?? '',
  }
}

/**
 * What puts back an object that is gone or was changed, the same way as it came: another way would make another
 * certificate, take rights away, or install a second service elsewhere.
 */
export function applyAgain({ namespace, tlsMode, release, image }: Way): string {
  if (release !== undefined)
    return `helm upgrade ${release} -n ${namespace} deploy/chart --reset-then-reuse-values`
  const wanted = image === '' ? 'IMAGE' : image
  switch (tlsMode) {
    case 'built-in':
      return namespace === SERVICE_NAMESPACE
        ? `sed 's|image: ${NAME}:.*|image: ${wanted}|' deploy/install.yaml | kubectl apply --server-side --force-conflicts -f -`
        : `kubectl apply --server-side --force-conflicts -f FILE, with what you rendered of the chart for namespace ${namespace}`
    case 'files':
      return `dapr-shared manifests -n ${namespace} --image ${wanted} --ca ca.crt --tls-cert tls.crt --tls-key tls.key | kubectl apply -f - (with the certificate and the options of before: without them a new certificate is made, and pods that ask wait)`
    case 'secret':
    case 'self-made':
    case undefined:
      return `kubectl apply --server-side --force-conflicts -f FILE, with what it was installed from in namespace ${namespace} (docs/install.md)`
  }
}

/** Whether anything but the Deployment is there. */
export function isInstalled({ service, mutating, validating }: ClusterFacts): boolean {
  return [service, mutating, validating].some((fact) => valueOf(fact) !== undefined)
}

/** For where nothing is. */
export function install(namespace: string): string {
  return `Install it: helm install dapr-shared --namespace ${namespace} --create-namespace deploy/chart --set image.repository=REPOSITORY, or one of the other ways of docs/install.md`
}

function valueOf(fact: Named): JsonObject | undefined {
  return fact.known ? fact.value : undefined
}

function releaseOf(object: JsonObject): string | undefined {
  const metadata = objectOr(object['metadata'])
  if (stringsOf(metadata['labels'])['app.kubernetes.io/managed-by'] !== 'Helm') return undefined
  return stringsOf(metadata['annotations'])['meta.helm.sh/release-name'] ?? 'dapr-shared'
}
