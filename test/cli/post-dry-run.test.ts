import { expect, test } from 'vitest'
import { postDryRun } from '../../src/cli/server/post-dry-run.ts'
import type { KubeClient } from '../../src/kube/kube-client.ts'

test('an API server that says nothing has lost the connection: said who, how long, and what to do', async () => {
  const never = new Promise<unknown>(() => {})
  const client: Pick<KubeClient, 'server' | 'post'> = {
    server: 'https://cluster.example.com',
    post: (_path, _body, { signal } = {}) =>
      Promise.race([
        never,
        new Promise<unknown>((_, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
      ]),
  }
  expect(await postDryRun(client, 'shop', {}, 20)).toEqual({
    answer: {
      kind: 'lost',
      why: 'https://cluster.example.com said nothing about the pod for 0.02 s, though it was asked for an answer within 25s. Look whether it is well (kubectl get --raw=/readyz?verbose), then ask again.',
    },
    renamed: false,
  })
})
