import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { run } from '../cli/run.ts'

const Installed = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
})
const Role = z.looseObject({ rules: z.array(z.unknown()) })
const Binding = z.looseObject({ roleRef: z.unknown(), subjects: z.array(z.unknown()) })
const Workload = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.array(z.looseObject({ args: z.array(z.string()) })) }),
    }),
  }),
})

async function installed(...flags: string[]) {
  const { out } = await run(['manifests', '-n', 'platform', ...flags])
  const objects = parseAllDocuments(out).map((document) => Installed.parse(document.toJS()))
  return {
    out,
    one: (kind: string, name: string) =>
      objects.find((object) => object.kind === kind && object.metadata.name === name),
  }
}

describe('manifests --review-api', () => {
  test('serves it to holders of a token, and may look at tokens', async () => {
    const { one } = await installed('--review-api')
    const [container] = Workload.parse(one('Deployment', 'dapr-shared-admission')).spec.template.spec
      .containers
    expect(container?.args.slice(-2)).toEqual(['--review-api', 'token'])
    expect(Role.parse(one('ClusterRole', 'dapr-shared-admission-tokens')).rules).toEqual([
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    ])
    expect(Binding.parse(one('ClusterRoleBinding', 'dapr-shared-admission-tokens'))).toMatchObject({
      roleRef: { kind: 'ClusterRole', name: 'dapr-shared-admission-tokens' },
      subjects: [{ kind: 'ServiceAccount', name: 'dapr-shared-admission', namespace: 'platform' }],
    })
  })

  test('has a role for callers, which who may create pods has already', async () => {
    const { one } = await installed('--review-api')
    const role = one('ClusterRole', 'dapr-shared-reviewer')
    expect(Role.parse(role).rules).toEqual([
      { apiGroups: ['shared.dapr.io'], resources: ['reviews'], verbs: ['create'] },
    ])
    expect(role?.metadata.labels).toMatchObject({ 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' })
  })

  test('is off unless it is asked for: no flag, and no right to look at tokens', async () => {
    const { out } = await installed()
    expect(out).not.toMatch(/review-api|tokenreviews|dapr-shared-reviewer/)
  })
})
