import { readFileSync } from 'node:fs'
import type { CallOptions, KubeClient } from '../../src/kube/kube-client.ts'
import { parseManifests } from '../../src/state/parse-manifests.ts'
import { clusterFile } from './read-cluster.ts'

interface OpenWatch {
  readonly lines: string[]
  wake: () => void
}

const KINDS: Readonly<Record<string, string>> = {
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  services: 'Service',
  namespaces: 'Namespace',
  pods: 'Pod',
  daprsharedpolicies: 'DaprSharedPolicy',
  daprsharedgrants: 'DaprSharedGrant',
  daprsharedexceptions: 'DaprSharedException',
  daprsharedinstances: 'DaprSharedInstance',
}

/** An API server in memory that lists the objects of a cluster's file, and whose watches say what a test tells them. */
export class WatchedCluster implements KubeClient {
  readonly server = 'memory'
  /** requests so far, as `list services` and `watch services` */
  readonly asked: string[] = []
  #objects: ReturnType<typeof parseManifests>['manifests'] = []
  readonly #watches = new Map<string, OpenWatch>()

  constructor(cluster: string) {
    this.becomeInSilence(cluster)
  }

  /** From now on lists show another cluster, though no watch has said so. */
  becomeInSilence(cluster: string): void {
    this.#objects = parseManifests(readFileSync(clusterFile(cluster), 'utf8'), cluster).manifests
  }

  say(resource: string, line: string): void {
    const watch = this.#watches.get(resource)
    if (watch === undefined) throw new Error(`${resource} is not watched`)
    watch.lines.push(line)
    watch.wake()
  }

  async get(path: string): Promise<unknown> {
    const resource = resourceOf(path)
    this.asked.push(`list ${resource}`)
    const objects = this.#objects.filter(({ kind }) => kind === KINDS[resource])
    return {
      kind: `${KINDS[resource]}List`,
      apiVersion: 'v1',
      metadata: { resourceVersion: '1' },
      items: objects.map(({ object }) => ({
        ...object,
        metadata: { ...(object['metadata'] as object), resourceVersion: '1' },
      })),
    }
  }

  async watch(path: string, { signal }: CallOptions = {}): Promise<AsyncIterable<string>> {
    const resource = resourceOf(path)
    this.asked.push(`watch ${resource}`)
    const watch: OpenWatch = { lines: [], wake: () => undefined }
    this.#watches.set(resource, watch)
    signal?.addEventListener('abort', () => watch.wake())
    return linesOf(watch, signal)
  }

  post = unasked
  send = unasked

  async [Symbol.asyncDispose](): Promise<void> {
    // there is no connection to close
  }
}

async function* linesOf(watch: OpenWatch, signal: AbortSignal | undefined): AsyncIterable<string> {
  for (;;) {
    if (signal?.aborted === true) return
    const line = watch.lines.shift()
    if (line !== undefined) yield line
    else await new Promise<void>((resolve) => (watch.wake = resolve))
  }
}

function unasked(): Promise<never> {
  return Promise.reject(new Error('the server only reads'))
}

function resourceOf(path: string): string {
  return path.split('/').at(-1) ?? ''
}
