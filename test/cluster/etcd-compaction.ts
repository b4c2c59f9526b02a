import { request } from 'undici'
import { z } from 'zod'

/**
 * Makes etcd forget all but the latest revision of every object, through its gRPC gateway.
 *
 * @param etcdUrl such as http://127.0.0.1:2379
 * @returns the revision that is now the oldest
 */
export async function compactToLatestRevision(etcdUrl: string): Promise<string> {
  // Any key will do: each answer's header carries the revision of the whole store.
  const answer = await post(`${etcdUrl}/v3/kv/range`, { key: Buffer.from('a').toString('base64') })
  const { revision } = z.object({ header: z.object({ revision: z.string() }) }).parse(answer).header
  await post(`${etcdUrl}/v3/kv/compaction`, { revision, physical: true })
  return revision
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await request(url, { method: 'POST', body: JSON.stringify(body) })
  const answer = await response.body.json()
  if (response.statusCode !== 200)
    throw new Error(`etcd answered ${response.statusCode}: ${JSON.stringify(answer)}`)
  return answer
}
