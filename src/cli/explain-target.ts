import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isDnsLabel } from '../core/dns-names.ts'
import type { Manifest } from '../state/manifest.ts'
import { KNATIVE_SERVICE, POD, WORKLOAD_KINDS, workloadKind, type WorkloadKind } from '../workloads/kinds.ts'
import { CommandError, type Io } from './io.ts'

/** What a person wants explained. */
export type Target =
  | { readonly kind: 'rules' }
  | { readonly kind: 'rule'; readonly id: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'object'; readonly object: NamedObject }

/** `deployment/web`: an object by kind and name. */
export interface NamedObject {
  readonly kind: WorkloadKind
  readonly name: string
}

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
    `${text}: no such file or folder (looked in ${cwd}), and no object such as deployment/web (kinds: ${WORKLOAD_KINDS.map((one) => (one === KNATIVE_SERVICE ? one.short[0] : one.kind.toLowerCase())).join(', ')}).`,
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
  const kind = workloadKind(written)
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name }
}

/** Whether a manifest is the object that is named. */
export function isNamed(
  { kind, name }: NamedObject,
  manifest: Pick<Manifest, 'apiVersion' | 'kind' | 'name'>,
): boolean {
  return manifest.name === name && manifest.kind === kind.kind && manifest.apiVersion === kind.apiVersion
}
