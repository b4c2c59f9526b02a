import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'

const review = z.object({ status: z.object({ allowed: z.boolean() }) })

export interface Asked {
  readonly user: string
  readonly groups: readonly string[]
}

/** Who a ServiceAccount is to the authorizer. */
export function serviceAccount(namespace: string, name: string): Asked {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }
}

/**
 * What the authorizer of the API server says at this moment: a binding that was just written or deleted reaches it a
 * moment later.
 *
 * @param resourceAttributes of a SubjectAccessReview
 */
export async function mayDo(
  { request }: Pick<TestCluster, 'request'>,
  asked: Asked,
  resourceAttributes: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const { status, body } = await request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...asked, resourceAttributes },
  })
  if (status !== 201) throw new Error(`SubjectAccessReview: ${JSON.stringify(body)}`)
  return review.parse(body).status.allowed
}
