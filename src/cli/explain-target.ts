import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isDnsLabel } from '../core/dns-names.ts'
import type { Manifest } from '../state/manifest.ts'
import { CommandError, type Io } from './io.ts'

/** What a person wants explained. */
export type Target =
  | { readonly kind: 'rules' }
  | { readonly kind: 'rule'; readonly id: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'object'; readonly object: NamedObject }

/** `deployment/web`: an object by kind and name. */
export interface NamedObject {
  readonly kind: WorkloadResource
  readonly name: string
}

/** A kind that makes pods, and how the API and kubectl call it. */
export interface WorkloadResource {
  readonly kind: string
  readonly apiVersion: string
  readonly plural: string
  readonly short: readonly string[]
}

const POD: WorkloadResource = { kind: 'Pod', apiVersion: 'v1', plural: 'pods', short: ['po'] }

/** Names of kinds as kubectl takes them. */
const KINDS: readonly WorkloadResource[] = [
  POD,
  { kind: 'Deployment', apiVersion: 'apps/v1', plural: 'deployments', short: ['deploy'] },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', plural: 'statefulsets', short: ['sts'] },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', plural: 'daemonsets', short: ['ds'] },
  { kind: 'ReplicaSet', apiVersion: 'apps/v1', plural: 'replicasets', short: ['rs'] },
  { kind: 'ReplicationController', apiVersion: 'v1', plural: 'replicationcontrollers', short: ['rc'] },
  { kind: 'Job', apiVersion: 'batch/v1', plural: 'jobs', short: [] },
  { kind: 'CronJob', apiVersion: 'batch/v1', plural: 'cronjobs', short: ['cj'] },
  { kind: 'Service', apiVersion: 'serving.knative.dev/v1', plural: 'services', short: ['ksvc', 'kservice'] },
]

/**
 * Reads what is to be explained: `rules`, a rule or a check, a file that is there, else an object by kind and name, of which
 * a pod needs only its name.
 *
 * @throws CommandError for what is none of them
 */
export async function readTarget(text: string, { cwd }: Pick<Io, 'cwd'>): Promise<Target> {
  if (text === '-') return { kind: 'file', path: text }
  if (await isThere(resolve(cwd, text))) return { kind: 'file', path: text }
  if (text === 'rules') return { kind: 'rules' }
  const object = readObject(text)
  if (object !== undefined) return { kind: 'object', object }
  const { findPage, nearIds } = await import('../explain/rule-page.ts')
  if (findPage(text) !== undefined) return { kind: 'rule', id: text }
  const near = nearIds(text)
  if (near.length === 0 && isDnsLabel(text)) return { kind: 'object', object: { kind: POD, name: text } }
  if (near.length > 0 || /^[a-z][a-z-]*\.[a-z-]+$/.test(text)) {
    const meant = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
    throw new CommandError(
      `${text}: no rule, no lint check and no file of that name.${meant} "explain rules" lists them.`,
    )
  }
  throw new CommandError(
    `${text}: no such file or folder (looked in ${cwd}), and no object such as deployment/web (kinds: ${KINDS.map(({ kind, short }) => (kind === 'Service' ? short[0] : kind.toLowerCase())).join(', ')}).`,
  )
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

function readObject(text: string): NamedObject | undefined {
  const [written = '', name = '', ...rest] = text.split('/')
  const lower = written.toLowerCase()
  const kind = KINDS.find(
    (one) => one.kind.toLowerCase() === lower || one.plural === lower || one.short.includes(lower),
  )
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name }
}

/** Whether a manifest is the object that is named. */
export function isNamed(
  { kind, name }: NamedObject,
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name'>,
): boolean {
  return manifest.name === name && manifest.kind === kind.kind && manifest.apiVersion === kind.apiVersion
}
