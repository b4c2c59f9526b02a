import { applyObject } from '../../kube/apply.ts'
import { ApiError } from '../../kube/call-errors.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import { SeenSecret, secretsPath } from '../read-secret.ts'
import type { AuthorityRecord } from './record.ts'
import { writeRecord } from './secret-data.ts'

/** Asks for a leaf (`serving`) or a CA (`ca`) before its time; taken away when it is done. */
export const ROTATE_ANNOTATION = 'shared.dapr.io/rotate'

const FIELD_MANAGER = 'dapr-shared-admission'

/** What somebody asks for by the annotation. */
export function askedOf(secret: SeenSecret | undefined): string | undefined {
  const asked = secret?.annotations[ROTATE_ANNOTATION]
  return typeof asked === 'string' ? asked : undefined
}

export interface SecretPlace {
  readonly namespace: string
  readonly name: string
}

/** The Secret, read from the API server itself and not from a watch, which may lag; none where there is none. */
export async function readLive(
  client: KubeClient,
  { namespace, name }: SecretPlace,
  signal: AbortSignal,
): Promise<SeenSecret | undefined> {
  const query = { fieldSelector: `metadata.name=${name}` }
  const { items } = (await client.get(secretsPath(namespace), { query, signal })) as { items?: unknown }
  const [found] = Array.isArray(items) ? (items as unknown[]) : []
  return found === undefined ? undefined : new SeenSecret(found)
}

/**
 * Writes a record into the Secret as it was seen, and takes away what was asked for. The API server refuses it (409) when
 * somebody has written since. A Secret that is not there is made empty first, which two may do at once; where it turns out to
 * hold something, it was only not seen, and that is a 409, too.
 *
 * @param record none: only the annotation goes
 * @param seen none where there is no Secret
 * @returns the Secret as it is then
 */
export async function writeSecret(
  client: KubeClient,
  { namespace, name }: SecretPlace,
  { record, seen }: { readonly record: AuthorityRecord | undefined; readonly seen: SeenSecret | undefined },
  signal: AbortSignal,
): Promise<SeenSecret> {
  const path = `${secretsPath(namespace)}/${name}`
  const empty = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque' }
  const present =
    seen ??
    new SeenSecret(await applyObject({ client, path, object: empty, fieldManager: FIELD_MANAGER, signal }))
  if (seen === undefined && Object.keys(present.texts()).length > 0)
    throw new ApiError({
      status: 409,
      reason: 'Conflict',
      message: `the Secret ${name} is there, and not empty`,
    })
  const { resourceVersion } = present
  const patch = {
    metadata: { resourceVersion, annotations: { [ROTATE_ANNOTATION]: null } },
    ...(record && { data: dataOf(record) }),
  }
  const written = await client.send('PATCH', path, patch, {
    query: { fieldManager: FIELD_MANAGER },
    contentType: 'application/merge-patch+json',
    signal,
  })
  return new SeenSecret(written)
}

function dataOf(record: AuthorityRecord): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(writeRecord(record)).map(([key, text]) => [
      key,
      text === undefined ? null : Buffer.from(text).toString('base64'),
    ]),
  )
}
