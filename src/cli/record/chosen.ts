import { performance } from 'node:perf_hooks'
import { isDnsLabel } from '../../core/dns-names.ts'
import type { JsonObject } from '../../core/pod.ts'
import { ANNOTATION } from '../../core/vocabulary.ts'
import { textOf } from '../../discovery/loose.ts'
import { controllerOf, metadataOf } from '../../facts/owner-reference.ts'
import { askingAnnotations, isActive, isMadeByAnother, optsIn } from '../../record/workload-kinds.ts'
import { WORKLOAD_KINDS, workloadPath, type WorkloadKind } from '../../workloads/kinds.ts'
import { CommandError } from '../io.ts'
import { ASK_MS } from './reader.ts'
import { isRead, namespaceOf, nameOf, pathIn, placesOf, RUNNING, type Visit } from './visit.ts'

/** The workloads that were named, and those that ask. */
export async function readChosen(visit: Visit): Promise<void> {
  const { request } = visit
  for (const { api, name } of request.workloads) await readNamed(visit, api, name)
  if (!request.optedIn) return
  for (const place of placesOf(request)) {
    for (const api of WORKLOAD_KINDS) await readAsking(visit, api, place)
  }
}

async function readNamed(visit: Visit, api: WorkloadKind, name: string): Promise<void> {
  const { reader, request } = visit
  const shown = `${api.kind.toLowerCase()}/${name}`
  let isThere = false
  for (const namespace of request.namespaces) {
    const object = await reader.get(
      `${shown} of namespace ${namespace}`,
      `${workloadPath(api, namespace)}/${name}`,
    )
    isThere ||= object !== 'absent'
    if (object !== 'absent' && object !== 'unread') choose(visit, api, object)
  }
  if (isThere) return
  throw new CommandError(
    `there is no ${shown} in namespace ${request.namespaces.join(', ')}: nothing was recorded.`,
    4,
  )
}

async function readAsking(visit: Visit, api: WorkloadKind, place: string): Promise<void> {
  const { reader } = visit
  const path = workloadPath(api, place)
  const mayBeAbsent = api.mayBeAbsent ?? false
  const isPod = api.kind === 'Pod'
  const bare: JsonObject[] = []
  await reader.list(
    api.plural,
    path,
    (item) => {
      const object = { ...item, apiVersion: api.apiVersion, kind: api.kind }
      if (!optsIn(object, api) || isMadeByAnother(object)) return
      if (isPod) bare.push(object)
      else choose(visit, api, object)
    },
    { mayBeAbsent, metadataOnly: isPod, query: isPod ? RUNNING : {} },
  )
  // of pods only the metadata was read, as there may be 50,000 of which a few are nobody's
  for (const pod of bare) {
    const own = `${workloadPath(api, namespaceOf(pod))}/${nameOf(pod)}`
    const object = await reader.get(`pod ${nameOf(pod)}`, own)
    if (object !== 'absent' && object !== 'unread') choose(visit, api, object)
  }
}

function choose(visit: Visit, { apiVersion, kind }: WorkloadKind, item: JsonObject): void {
  const object = { ...item, apiVersion, kind }
  visit.recording.add(object)
  // of what was chosen only this much is needed again; a list may begin anew, and show it twice
  visit.chosen.set(`${apiVersion}/${kind} ${namespaceOf(object)}/${nameOf(object)}`, {
    apiVersion,
    kind,
    metadata: metadataOf(object),
    asks: askingAnnotations(object, { apiVersion, kind })[ANNOTATION.namespace],
  })
}

/** Namespaces, not recorded yet, of which chosen workloads want an instance. */
export function askedElsewhere(visit: Visit): string[] {
  const asked = [...visit.chosen.values()].flatMap(({ asks }) =>
    isDnsLabel(textOf(asks) ?? '') ? (textOf(asks) ?? '') : [],
  )
  return [...new Set(asked)].filter((namespace) => !isRead(visit, namespace)).toSorted()
}

const MADE = { Deployment: 'ReplicaSet', CronJob: 'Job' } as const

/** The ReplicaSets and Jobs through which chosen workloads make their pods: a pod in a log names these as its owners. */
export async function readMade(visit: Visit): Promise<void> {
  const { reader, recording, chosen, request } = visit
  for (const [maker, made] of Object.entries(MADE)) {
    const makers = [...chosen.values()].filter(({ kind }) => kind === maker)
    const api = WORKLOAD_KINDS.find(({ kind }) => kind === made)
    if (makers.length === 0 || api === undefined) continue
    const uids = new Set(makers.map((object) => metadataOf(object)['uid']))
    const places = request.namespaces.length === 0 ? [''] : [...new Set(makers.map(namespaceOf))]
    for (const place of places) {
      await reader.list(api.plural, workloadPath(api, place), (item) => {
        const object = { ...item, apiVersion: api.apiVersion, kind: api.kind }
        if (isActive(object) && uids.has(controllerOf(metadataOf(object))?.uid)) recording.add(object)
      })
    }
  }
}

/** Deployments under Knative are the deepest in use. */
const DEEPEST = 6

/** The owners of what was chosen, upwards: whom a pod belongs to decides about workload kinds. */
export async function readOwners(visit: Visit): Promise<void> {
  const { makeApiResources } = await import('../../facts/api-resources.ts')
  const resources = makeApiResources(visit.reader.client, {
    allowed: () => true,
    askMs: ASK_MS,
    clock: () => performance.now(),
  })
  for (const object of visit.chosen.values()) {
    const namespace = namespaceOf(object)
    let reference = controllerOf(metadataOf(object))
    for (let depth = 0; reference !== undefined && depth < DEEPEST; depth++) {
      const { group, version, kind, name } = reference
      const apiVersion = group === '' ? version : `${group}/${version}`
      const metadata = { name, namespace }
      if (visit.recording.has({ apiVersion, kind, metadata })) break
      const resource = await visit.reader.attempt(`the kind ${kind}.${group}`, () =>
        resources.find({ group, version, kind, name, uid: '' }, namespace, AbortSignal.timeout(ASK_MS)),
      )
      if (resource === 'unread' || !resource.known || resource.value === undefined) break
      const { root, plural, namespaced } = resource.value
      const path = `${pathIn(root, plural, namespaced ? namespace : '')}/${name}`
      const owner = await visit.reader.get(`${kind} ${name}`, path)
      if (owner === 'absent' || owner === 'unread') break
      visit.recording.add({ ...owner, apiVersion, kind })
      reference = controllerOf(metadataOf(owner))
    }
  }
}
