import { describe, expect, test } from 'vitest'
import { clusterDomainOf, findClusterDomain } from '../../src/config/cluster-domain.ts'

describe('the cluster domain', () => {
  test.each([
    ['search shop.svc.corp.example svc.corp.example corp.example\nnameserver 10.0.0.10', 'corp.example'],
    [
      'nameserver 10.0.0.10\nsearch  default.svc.cluster.local\tsvc.cluster.local cluster.local',
      'cluster.local',
    ],
    ['search example.com', undefined],
    ['# search svc.no', undefined],
    ['', undefined],
  ])('of %j is %j', (text, domain) => {
    expect(clusterDomainOf(text)).toBe(domain)
  })

  test('is unknown where there is no resolver', async () => {
    expect(await findClusterDomain('/nowhere/resolv.conf')).toBeUndefined()
  })
})
