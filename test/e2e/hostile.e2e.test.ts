import { beforeAll, expect, test } from 'vitest'
import { describeInstalled } from './support/describe-installed.ts'
import { createInstance } from './support/instances.ts'
import { sumOf } from './support/metrics.ts'
import { create, createNamespace } from './support/objects.ts'
import { aPod } from './support/pods.ts'
import { reviewOf } from './support/reviews.ts'
import { untilWatched } from './support/until-watched.ts'

const attacked = 'e2e-hostile-attacked'
const honest = 'e2e-hostile-honest'
const SPOOFED = 200

/** More at one time than may shake hands, with a connection of its own for each. */
const BURST = 600

describeInstalled('reviews that somebody makes up', (cluster, webhook) => {
  beforeAll(async () => {
    for (const namespace of [attacked, honest]) {
      await createNamespace(cluster, namespace)
      await createInstance(cluster, namespace, 'order')
      await untilWatched(webhook(), namespace, 'order')
    }
  })

  /** How often the API server was asked for the DaemonSets of one namespace, by anybody. */
  async function lists(): Promise<number> {
    const { body } = await cluster.request('GET', '/metrics')
    return sumOf(String(body), 'apiserver_request_total', {
      resource: 'daemonsets',
      verb: 'LIST',
      scope: 'namespace',
    })
  }

  test('cost the API server a few reads, and each is answered or handed over', async () => {
    const before = await lists()
    const answers = await Promise.all(
      Array.from({ length: SPOOFED }, (_, index) =>
        webhook().server.review('mutate', reviewOf(aPod(`spoofed-${index}`, 'nobody'), attacked)),
      ),
    )
    for (const { status, body, headers } of answers) {
      if (status === 200) expect(body).toContain('instance.missing')
      else expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '1' })
    }
    expect(answers.some(({ status }) => status === 200)).toBe(true)
    expect((await lists()) - before).toBeLessThan(SPOOFED / 5)
  })

  test('of one namespace do not keep the pods of another from their answers', async () => {
    const spoofed = Array.from({ length: SPOOFED }, (_, index) =>
      webhook().server.review('mutate', reviewOf(aPod(`spoofed-${index}`, 'nobody'), attacked)),
    )
    const created = await create(cluster, honest, aPod('good', 'order'), { dryRun: true })
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    const refused = await create(cluster, honest, aPod('lost', 'nobody'), { dryRun: true })
    expect(refused.status, JSON.stringify(refused.body)).toBe(403)
    await Promise.all(spoofed)
  })

  test('change nothing in the cluster: no pod, no Event', async () => {
    const review = reviewOf(aPod('spoofed', 'nobody'), attacked)
    await webhook().server.review('mutate', review)
    const pods = await cluster.request('GET', `/api/v1/namespaces/${attacked}/pods/spoofed`)
    expect(pods.status).toBe(404)
    const events = await cluster.request('GET', `/apis/events.k8s.io/v1/namespaces/${attacked}/events`)
    expect(JSON.stringify(events.body)).not.toContain('spoofed')
  })
})

describeInstalled('a burst of creations', (cluster, webhook) => {
  const namespace = 'e2e-burst'

  beforeAll(async () => {
    await createNamespace(cluster, namespace)
    await createInstance(cluster, namespace, 'order')
    await untilWatched(webhook(), namespace, 'order')
  })

  test('of one API server: each is let in and answered, none is lost for want of a connection', async () => {
    const created = await Promise.all(
      Array.from({ length: BURST }, (_, index) =>
        create(cluster, namespace, aPod(`burst-${index}`, 'order'), { dryRun: true }),
      ),
    )
    // how many a busy machine answers within the five seconds of the API server is another question
    const others = created.filter(({ status }) => status !== 201).map(({ body }) => JSON.stringify(body))
    expect(others.filter((answer) => !answer.includes('deadline exceeded'))).toEqual([])
    expect(others.length).toBeLessThan(BURST)
  })
})
