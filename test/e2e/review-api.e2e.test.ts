import { afterAll, beforeAll, expect, test } from 'vitest'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { waitUntil } from '../cluster/wait-until.ts'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { create, createNamespace, type KubeObject } from './support/objects.ts'
import { aPod, aTemplate } from './support/pods.ts'
import { applyResources, aPolicy, deleteResources } from './support/resources.ts'
import { reviewOf } from './support/reviews.ts'
import { untilWatched } from './support/until-watched.ts'

// The review API on a real control plane: real tokens of ServiceAccounts, real rights, and no trace.

const namespace = 'e2e-review-api'
const other = 'e2e-review-api-other'
const APP = 'reviewed'
/** one pod may use it */
const COUNTED = 'counted'
const POLICY = aPolicy('e2e-review-api', namespace, {
  match: { appIds: [COUNTED] },
  rules: { capacity: { maxPods: 1 } },
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const tokenAnswer = z.looseObject({ status: z.looseObject({ token: z.string() }) })
const reviewResult = z.looseObject({
  items: z.array(z.looseObject({ allowed: z.boolean(), matched: z.boolean(), patch: z.array(z.unknown()) })),
  summary: z.looseObject({ allowed: z.number(), denied: z.number() }),
})
const problem = z.object({ error: z.object({ reason: z.string(), message: z.string() }) })

const ACCOUNTS = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: reviewer, namespace: ${namespace}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: editor, namespace: ${namespace}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: nobody, namespace: ${namespace}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reviewer, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: dapr-shared-reviewer}
subjects: [{kind: ServiceAccount, name: reviewer, namespace: ${namespace}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: editor, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: editor, namespace: ${namespace}}]
`

describeInstalled(
  'the review API',
  (cluster, webhook) => {
    let agent: Agent
    const tokens = new Map<string, string>()

    const tokenOf = async (account: string): Promise<string> => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
      const { body } = await cluster.request('POST', path, { spec: { expirationSeconds: 3600 } })
      return tokenAnswer.parse(body).status.token
    }
    const ask = async (
      objects: readonly object[],
      { token, path = '/v1/review' }: { token?: string | undefined; path?: string } = {},
    ): Promise<Answer> => {
      const response = await request(`https://127.0.0.1:${webhook().port}${path}`, {
        method: 'POST',
        dispatcher: agent,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      })
      return { status: response.statusCode, headers: response.headers, body: await response.body.text() }
    }
    /** As `account`, again after a moment where it came too often. */
    const askAs = (account: string, ...objects: readonly object[]): Promise<Answer> =>
      waitUntil(`the review API has time for ${account}`, async () => {
        const answer = await ask(objects, { token: tokens.get(account) })
        return answer.status === 429 ? undefined : answer
      })
    const inNamespace = (object: KubeObject, name: string): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, namespace: name },
    })
    const pod = inNamespace(aPod('asking', APP), namespace)
    const reasonOf = ({ body }: Answer): string => problem.parse(JSON.parse(body)).error.reason

    beforeAll(async () => {
      agent = new Agent({ connect: { ca: webhook().rendered.caPem }, allowH2: false })
      for (const name of [namespace, other]) {
        await createNamespace(cluster, name)
        await createInstance(cluster, name, APP)
      }
      await createInstance(cluster, namespace, COUNTED)
      await cluster.apply(ACCOUNTS)
      await applyResources(cluster, [POLICY])
      for (const account of ['reviewer', 'editor', 'nobody']) tokens.set(account, await tokenOf(account))
      await untilWatched(webhook(), namespace, APP)
    })
    afterAll(async () => {
      await deleteResources(cluster, [POLICY])
      await agent.destroy()
    })

    test('answers who has the role dapr-shared-reviewer, or may create pods', async () => {
      const deployment = inNamespace(
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web' },
          spec: {
            selector: { matchLabels: { app: 'web' } },
            template: aTemplate(APP, { labels: { app: 'web' } }),
          },
        },
        namespace,
      )
      const missing = inNamespace(aPod('lost', 'no-such-app'), namespace)
      const answer = await askAs('reviewer', pod, deployment, missing)
      expect(answer.status, answer.body).toBe(200)
      const { items, summary } = reviewResult.parse(JSON.parse(answer.body))
      expect(summary).toMatchObject({ allowed: 2, denied: 1 })
      expect(items.map(({ patch }) => patch.length > 0)).toEqual([true, true, false])
      await waitUntil(
        'the role edit has taken ours in',
        async () => (await askAs('editor', pod)).status === 200,
      )
    })

    test('answers nobody without a token of this cluster', async () => {
      const good = tokens.get('reviewer') ?? ''
      const [head, claims, signature = ''] = good.split('.')
      const forged = [head, claims, signature.split('').toReversed().join('')].join('.')
      const gone = await tokenOf('nobody')
      for (const token of [undefined, 'garbage', forged, `${good}x`]) {
        const answer = await ask([pod], { token })
        expect([answer.status, reasonOf(answer)]).toEqual([401, 'Unauthorized'])
        expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
      }
      await cluster.request('DELETE', `/api/v1/namespaces/${namespace}/serviceaccounts/nobody`)
      expect((await ask([pod], { token: gone })).status).toBe(401)
      await cluster.apply(ACCOUNTS)
      tokens.set('nobody', await tokenOf('nobody'))
    })

    test('tells who has no right which right to ask for, and nothing of the namespace', async () => {
      const answer = await askAs('nobody', pod)
      expect([answer.status, reasonOf(answer)]).toEqual([403, 'Forbidden'])
      expect(answer.body).toContain(
        `-n ${namespace} --clusterrole=dapr-shared-reviewer --serviceaccount=${namespace}:nobody`,
      )
      expect(answer.body).not.toContain(APP)
    })

    test('tells nothing of another namespace, whichever way it is named', async () => {
      const ways = [
        [pod, inNamespace(pod, other)],
        [inNamespace(aPod('x', 'no-such-app'), other)],
        [reviewOf(aPod('x', APP), other)],
      ]
      for (const objects of ways) {
        const answer = await askAs('reviewer', ...objects)
        expect(answer.status, answer.body).toBe(403)
        expect(problem.parse(JSON.parse(answer.body)).error.message).toContain(`namespace ${other}.`)
      }
      const unnamed = aPod('x', APP)
      const answer = await waitUntil('there is time', async () => {
        const one = await ask([unnamed], {
          token: tokens.get('reviewer'),
          path: `/v1/review?namespace=${other}`,
        })
        return one.status === 429 ? undefined : one
      })
      expect(answer.status).toBe(403)
    })

    test('leaves no trace: nothing is counted, reserved, created or logged but its own line', async () => {
      const counters = async (): Promise<string[]> =>
        (await webhook().server.ask('/metrics')).body
          .split('\n')
          .filter((line) =>
            /^dapr_shared_(admission_requests|findings|live_lookups|admission_duration_seconds_count)/.test(
              line,
            ),
          )
      const counted = inNamespace(aPod('asking', COUNTED), namespace)
      await waitUntil('the watches have brought the instance', async () =>
        (await askAs('reviewer', counted)).body.includes('"allowed":true'),
      )
      const [before, lines] = [await counters(), webhook().server.log.length]
      for (const _ of [1, 2, 3]) expect((await askAs('reviewer', counted)).body).toContain('"allowed":true')
      expect(await counters()).toEqual(before)
      const told = webhook()
        .server.log.slice(lines)
        .filter(({ msg }) => msg === 'review api' || msg === 'decided')
      expect(new Set(told.map(({ msg }) => msg))).toEqual(new Set(['review api']))
      expect(told.at(-1)).toMatchObject({
        caller: `system:serviceaccount:${namespace}:reviewer`,
        code: 200,
        objects: 1,
      })
      expect(
        await webhook().metric('dapr_shared_review_api_requests_total', { code: '200' }),
      ).toBeGreaterThan(2)

      // the one place that the policy allows was not taken
      const { status, body } = await create(cluster, namespace, aPod('first', COUNTED))
      expect(status, JSON.stringify(body)).toBe(201)
    })

    test('no token is ever in the log', () => {
      const text = JSON.stringify(webhook().server.log)
      for (const token of tokens.values()) expect(text).not.toContain(token.split('.')[2])
    })

    test('is limited, while admission answers', async () => {
      const flood = Array.from({ length: 60 }, () => ask([pod], { token: tokens.get('reviewer') }))
      const admitted = Array.from({ length: 30 }, (_, index) =>
        webhook().server.review('mutate', reviewOf(aPod(`flooded-${index}`, undefined), namespace)),
      )
      expect(new Set((await Promise.all(admitted)).map(({ status }) => status))).toEqual(new Set([200]))
      const answers = await Promise.all(flood)
      const late = answers.filter(({ status }) => status === 429)
      expect(late.length).toBeGreaterThan(0)
      expect(late.every(({ headers }) => headers['retry-after'] === '1')).toBe(true)
    })
  },
  undefined,
  ['--review-api'],
)

describeInstalled('without --review-api', (_cluster, webhook) => {
  test('there is no such path, and no right to look at tokens', async () => {
    const agent = new Agent({ connect: { ca: webhook().rendered.caPem }, allowH2: false })
    const { statusCode, body } = await request(`https://127.0.0.1:${webhook().port}/v1/review`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json', authorization: 'Bearer garbage' },
      body: '{}',
    })
    expect([statusCode, await body.text()]).toEqual([404, '{"error":"NotFound"}'])
    await agent.destroy()
    expect(webhook().rendered.yaml).not.toMatch(/tokenreviews|dapr-shared-reviewer/)
  })
})
