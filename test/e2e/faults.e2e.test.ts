import { afterAll, expect, test } from 'vitest'
import { describeOnCluster } from '../cluster/describe-on-cluster.ts'
import { FAULTS } from '../faults/catalogue.ts'
import { findPrivileges } from '../faults/privileges.ts'
import { runFault } from '../faults/run-faults.ts'
import { openWorld } from '../faults/world.ts'

// The short form of the fault suite (docs/faults.md), on control planes of its own: it kills them.

/** The bounds of the fault list are those of a machine that does nothing else. */
const SLACK = 6
const TIMEOUT_MS = 300_000

describeOnCluster('the service lives through it when', ({ assets }) => {
  const open = openWorld({ long: false, slack: SLACK, soakMinutes: 0, privileges: findPrivileges(), assets })
  afterAll(async () => open[Symbol.asyncDispose]())

  test.each(FAULTS.filter(({ short }) => short))(
    '$id: $title',
    async (fault) => {
      const { recorded, error } = await runFault(fault, open)
      expect(error).toBeUndefined()
      expect(recorded.observations.filter(({ ok }) => !ok)).toEqual([])
      // a scenario that looks at nothing shows nothing
      expect(recorded.observations.length).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )
})
