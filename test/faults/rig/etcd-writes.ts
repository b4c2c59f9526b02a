import { request } from 'undici'

/** One key of etcd, and what the API server finds there. */
export interface Stored {
  /** such as `/registry/daemonsets/NAMESPACE/NAME` */
  readonly key: string
  /** JSON, which the API server reads beside its own format; undefined removes the key */
  readonly value: string | undefined
}

/** etcd's own bound on what one transaction does. */
const MOST_AT_ONCE = 100

/** Writes past the API server and all that it checks, through the gRPC gateway of etcd. */
export async function writeToEtcd(etcdUrl: string, entries: readonly Stored[]): Promise<void> {
  for (let at = 0; at < entries.length; at += MOST_AT_ONCE) {
    const success = entries
      .slice(at, at + MOST_AT_ONCE)
      .map(({ key, value }) =>
        value === undefined
          ? { requestDeleteRange: { key: base64(key) } }
          : { requestPut: { key: base64(key), value: base64(value) } },
      )
    const response = await request(`${etcdUrl}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success }),
    })
    const answer = await response.body.text()
    if (response.statusCode !== 200) throw new Error(`etcd answered ${response.statusCode}: ${answer}`)
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
