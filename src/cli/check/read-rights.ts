import type { Deployed } from '../../check/deployed.ts'
import { rightsOf, type AnsweredRight, type Right } from '../../check/rights.ts'
import { objectOr } from '../../core/cluster-facts.ts'
import type { KubeClient } from '../../kube/kube-client.ts'
import type { Asker } from './ask.ts'

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
/** So many questions at once are no burden to an API server. */
const AT_ONCE = 8

/** Whether the ServiceAccount has each right that the checks ask about. */
export async function readRights(
  { asked }: Asker,
  client: KubeClient,
  namespace: string,
  deployed: Deployed,
): Promise<readonly AnsweredRight[]> {
  const rights = rightsOf(namespace, deployed)
  const open = [...rights.entries()]
  const answered: AnsweredRight[] = []
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [place, right] = next
      const review = reviewOf(right, namespace, deployed.serviceAccount)
      const allowed = await asked('create subjectaccessreviews.authorization.k8s.io', async (signal) => {
        const answer = objectOr(await client.post(REVIEWS, review, { signal }))
        return objectOr(answer['status'])['allowed'] === true
      })
      answered[place] = { right, allowed }
      // who may not ask one may not ask the others
      if (!allowed.known) open.length = 0
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return answered.filter((one) => one !== undefined)
}

function reviewOf(
  { verb, group, resource, subresource, name, namespace }: Right,
  own: string,
  serviceAccount: string,
): object {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${own}:${serviceAccount}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'],
      resourceAttributes: { verb, group, resource, subresource, name, namespace },
    },
  }
}
