import { isDnsLabel } from '../../core/dns-names.ts'
import { instancesOf } from '../../core/inventory.ts'
import type { JsonObject } from '../../core/pod.ts'
import { recognizeService } from '../../discovery/recognize-service.ts'
import { recognizeWorkload } from '../../discovery/recognize.ts'
import { API_VERSION, resourcePath, type ResourceKind } from '../../policy/kinds.ts'
import { CommandError } from '../io.ts'
import { isRead, namespaceOf, nameOf, pathIn, type Visit } from './visit.ts'

/** The labels of the namespaces that are recorded. */
export async function readNamespaces(visit: Visit): Promise<void> {
  const { request, reader, recording } = visit
  const type = { apiVersion: 'v1', kind: 'Namespace' }
  if (request.namespaces.length === 0) {
    await reader.list('namespaces', '/api/v1/namespaces', (object) => recording.add({ ...object, ...type }), {
      part: { kind: 'Namespace', namespace: '' },
    })
    return
  }
  for (const name of request.namespaces) {
    const found = await readNamespace(visit, name)
    if (found === 'absent') throw new CommandError(`there is no namespace ${name} in the cluster.`, 4)
  }
}

async function readNamespace({ reader, recording }: Visit, name: string): Promise<'absent' | 'done'> {
  const part = { kind: 'Namespace', namespace: name }
  const object = await reader.get(`namespace ${name}`, `/api/v1/namespaces/${name}`, part)
  if (object === 'absent') return 'absent'
  if (object !== 'unread') recording.add({ ...object, apiVersion: 'v1', kind: 'Namespace' })
  return 'done'
}

/** What tells of the instances of a namespace, or of all, and of who may use them. */
export async function readPlace(visit: Visit, namespace: string): Promise<void> {
  const { reader, recording, inventory } = visit
  visit.places.add(namespace)
  for (const kind of ['DaemonSet', 'Deployment'] as const) {
    const plural = `${kind.toLowerCase()}s`
    const take = (item: JsonObject): void => {
      const object = { ...item, apiVersion: 'apps/v1', kind }
      const recognized = recognizeWorkload(kind, object)
      if (recognized === undefined) return
      recording.add(object)
      inventory.setWorkload(namespaceOf(object), `${kind}/${nameOf(object)}`, recognized)
    }
    await reader.list(plural, pathIn('/apis/apps/v1', plural, namespace), take, { part: { kind, namespace } })
  }
  const takeService = (item: JsonObject): void => {
    recording.add({ ...item, apiVersion: 'v1', kind: 'Service' })
    inventory.setService(namespaceOf(item), nameOf(item), recognizeService(item))
  }
  await reader.list('services', pathIn('/api/v1', 'services', namespace), takeService, {
    part: { kind: 'Service', namespace },
  })
  for (const kind of ['DaprSharedInstance', 'DaprSharedGrant', 'DaprSharedException'] as const) {
    await readResources(visit, kind, namespace)
  }
}

/** The resources of one of our kinds, which need not be installed. */
export async function readResources(
  { reader, recording }: Visit,
  kind: ResourceKind,
  namespace: string,
): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  const take = (item: JsonObject): void => {
    const object = { ...item, apiVersion: API_VERSION, kind }
    recording.add(object)
    if (kind === 'DaprSharedPolicy') found.push(object)
  }
  await reader.list(`${kind} resources`, resourcePath(kind, namespace), take, {
    mayBeAbsent: true,
    part: { kind, namespace },
  })
  return found
}

/** A namespace that was not asked for, of which something recorded wants an instance. */
export async function readElsewhere(visit: Visit, namespace: string): Promise<void> {
  // one that is not there has no instances, which is an answer
  await readNamespace(visit, namespace)
  await readPlace(visit, namespace)
}

/** The Services to which instances deliver, where these are in namespaces that were not read. */
export async function readAppChannels(visit: Visit): Promise<void> {
  for (const { appChannel, namespace: own } of instancesOf(visit.inventory.current())) {
    if (appChannel === undefined || isRead(visit, appChannel.namespace)) continue
    const { namespace, service } = appChannel
    if (!isDnsLabel(namespace) || !isDnsLabel(service)) continue
    const path = `${pathIn('/api/v1', 'services', namespace)}/${service}`
    // it decides about those who ask for the instance
    const part = { kind: 'Service', namespace: own }
    const object = await visit.reader.get(`service ${service} of namespace ${namespace}`, path, part)
    if (object !== 'absent' && object !== 'unread') {
      visit.recording.add({ ...object, apiVersion: 'v1', kind: 'Service' })
    }
  }
}
