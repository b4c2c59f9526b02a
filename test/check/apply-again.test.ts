import { describe, expect, test } from 'vitest'
import { applyAgain, wayOf } from '../../src/check/apply-again.ts'
import type { ClusterFacts } from '../../src/check/facts.ts'
import { logsOfAll, logsOfHolder } from '../../src/check/logs.ts'
import { changed, set } from './change.ts'
import { goodFacts, installed, known, wrongIn } from './made-facts.ts'

const builtIn = known(
  changed(
    installed('Deployment'),
    set('/status', { availableReplicas: 2 }),
    set('/spec/template/spec/containers/0/image', 'registry.test/dapr-shared-admission:1.2.3'),
    set('/spec/template/spec/containers/0/args', ['serve', '--cluster', '--tls-mode=built-in']),
  ),
)
const ofHelm = known(
  changed(
    installed('Service'),
    set('/metadata/labels/app.kubernetes.io~1managed-by', 'Helm'),
    set('/metadata/annotations', { 'meta.helm.sh/release-name': 'mine' }),
  ),
)
const again = (otherwise: Partial<ClusterFacts>): string =>
  applyAgain(wayOf({ ...goodFacts(), ...otherwise }))

describe('an object is put back the way it came', () => {
  test('by Helm with its release and values, though the Deployment is gone', () => {
    const upgrade = 'helm upgrade mine -n dapr-shared-system deploy/chart --reset-then-reuse-values'
    expect(again({ service: ofHelm })).toBe(upgrade)
    expect(again({ service: ofHelm, deployment: known(undefined) })).toBe(upgrade)
  })

  test('from install.yaml with the image that runs, and not by another certificate', () => {
    expect(again({ deployment: builtIn })).toBe(
      "sed 's|image: dapr-shared-admission:.*|image: registry.test/dapr-shared-admission:1.2.3|' deploy/install.yaml | kubectl apply --server-side --force-conflicts -f -",
    )
    expect(again({ deployment: builtIn, namespace: 'platform' })).not.toContain('install.yaml')
  })

  test('by manifests with the namespace and the certificate', () => {
    expect(again({ namespace: 'platform' })).toContain(
      'dapr-shared manifests -n platform --image registry.test/dapr-shared-admission:1.2.3 --ca ca.crt --tls-cert tls.crt --tls-key tls.key',
    )
  })

  test('where nothing tells how it came, no command is guessed', () => {
    expect(again({ deployment: known(undefined), namespace: 'platform' })).toContain(
      'what it was installed from in namespace platform',
    )
  })

  test('no cure anywhere makes a new certificate or changes the namespace', () => {
    const gone = { service: known(undefined), mutating: known(undefined) }
    const dry = wrongIn({ ...gone, deployment: builtIn, definitions: new Map() })
    expect(dry.length).toBeGreaterThan(1)
    for (const { cure } of dry) expect(cure).not.toMatch(/manifests (?!.*--tls-cert)/)
  })
})

describe('logs', () => {
  test('are those of all replicas, and of the holder of the Lease where it has the duty', () => {
    expect(logsOfAll('platform')).toBe(
      'kubectl logs -n platform -l app.kubernetes.io/name=dapr-shared-admission --prefix --tail=-1',
    )
    const held = (holderIdentity: string): string =>
      logsOfHolder({ namespace: 'platform', lease: known({ spec: { holderIdentity } }) })
    expect(held('dapr-shared-admission-abc-de_0f-1')).toBe(
      'kubectl logs -n platform dapr-shared-admission-abc-de',
    )
    // with hostNetwork the name is that of the node
    expect(held('node-1_0f-1')).toBe(logsOfAll('platform'))
  })
})
