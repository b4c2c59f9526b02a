import { test } from 'vitest'
import { readdirSync } from 'node:fs'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
describeOnCluster('scratch', (cluster) => {
  test('x', async () => {
    for (const f of readdirSync('deploy/crd')) await cluster.kubectl(['apply', '-f', 'deploy/crd/' + f])
    await new Promise((r) => setTimeout(r, 3000))
    const pol = (spec: string) => `apiVersion: shared.dapr.io/v1alpha1\nkind: DaprSharedPolicy\nmetadata: {name: scratch}\nspec: ${spec}\n`
    const say = async (label: string, args: string[], stdin = '') => {
      const r = await cluster.kubectl(args, { stdin, allowFailure: true })
      console.log(`== ${label}: ${r.code}\n${r.stdout}${r.stderr}`)
    }
    const typo = pol('{match: {appIds: [a], namespaceSelectr: {}}, rules: {strategies: {allowed: [DaemonSet]}}}')
    await say('typo default', ['apply', '-f', '-'], typo)
    await say('typo warn', ['apply', '--validate=warn', '-f', '-'], typo)
    await say('typo ssa', ['apply', '--server-side', '-f', '-'], typo)
    await say('off', ['apply', '-f', '-'], pol('{rules: {security: {apiToken: Off}}}'))
    await say('off q', ['apply', '-f', '-'], pol('{rules: {security: {apiToken: "Off"}}}'))
    await say('explain', ['explain', 'dsp.spec.rules.capacity'])
    await say('get', ['get', 'dapr-shared', '-A'])
    await say('get', ['get', 'dsp'])
    await say('describe', ['describe', 'dsp', 'scratch'])
    await say('del', ['delete', 'dsp', 'scratch'])
  })
})
