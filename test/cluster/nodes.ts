import { z } from 'zod'
import type { ApiRequest } from './api-request.ts'
import { waitUntil } from './wait-until.ts'
import type { WaitOptions } from './wait-until.ts'

/**
 * Creates `count` fake nodes, node-1 and so on, and resolves when kwok has made them ready and pods
 * may land on them.
 */
export async function createNodes(
  request: ApiRequest,
  count: number,
  hopeless: NonNullable<WaitOptions['hopeless']>,
): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `node-${index + 1}`)
  await Promise.all(
    names.map(async (name, index) => {
      const created = await request('POST', '/api/v1/nodes', aNode(name, `198.19.0.${index + 1}`))
      if (created.status !== 201) throw new Error(`node ${name}: ${JSON.stringify(created.body)}`)
      const isReadyNow = async (): Promise<boolean> =>
        isReady((await request('GET', `/api/v1/nodes/${name}`)).body)
      await waitUntil(`node ${name} is ready`, isReadyNow, { hopeless })
      // Admission taints each new node as not ready, and the controller that would lift it does not run.
      const patch = { spec: { taints: null } }
      const patched = await request('PATCH', `/api/v1/nodes/${name}`, patch, {
        'content-type': 'application/merge-patch+json',
      })
      if (patched.status !== 200) throw new Error(`taint of ${name}: ${JSON.stringify(patched.body)}`)
    }),
  )
}

function aNode(name: string, address: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    // kwok keeps addresses that are there; its own would be the same for all nodes.
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
    },
  }
}

const nodeWithConditions = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
})

function isReady(node: unknown): boolean {
  const { conditions } = nodeWithConditions.parse(node).status
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
