import type { Fault } from './fault.ts'
import { apiServerKilled } from './faults/api-server-killed.ts'
import { apiServersRolling } from './faults/api-servers-rolling.ts'
import { uncaught } from './faults/bugs.ts'
import { machineSuspended } from './faults/clocks.ts'
import { authorityMadeTwice, authorityRotated } from './faults/built-in-certificates.ts'
import { leafExpired, leafRotated } from './faults/certificates.ts'
import { churn } from './faults/churn.ts'
import { halfRead, shortOfTime, startedFirst } from './faults/cold-starts.ts'
import { corruptResources } from './faults/corrupt-resources.ts'
import { deadRoute, slowNetwork } from './faults/dead-route.ts'
import { dnsDown } from './faults/dns-down.ts'
import { etcdStopped } from './faults/etcd-stopped.ts'
import { historiesShuffled } from './faults/histories.ts'
import { notReady, races } from './faults/instances.ts'
import { leaseStolen } from './faults/lease-stolen.ts'
import { manyInstances } from './faults/many.ts'
import { diskFull } from './faults/no-room.ts'
import { installedInAnyOrder, namespaceDeleted, nobodyThere } from './faults/nobody-there.ts'
import { killed, stoppedPolitely } from './faults/replicas.ts'
import { definitionsRemoved, rightsRemoved } from './faults/rights-and-kinds.ts'
import { watchesStale } from './faults/silence.ts'
import { soak } from './faults/soak.ts'
import { serverStalled } from './faults/stalls.ts'
import { connectionStorm, overload, scrapeStorm, worstBodies } from './faults/too-much.ts'
import { versionsDiffer } from './faults/versions.ts'
import { watchesCut } from './faults/watches.ts'

const podsAudited: Fault = {
  id: 'F22',
  title: '100,000 pods are audited',
  short: false,
  notRun: 'there is no audit yet',
  run: async () => {},
}

/** The form that runs a fault, as docs/faults.md and `--list` name it. */
export function formOf({ short, notRun }: Fault): 'short' | 'long' | 'not run' {
  if (notRun !== undefined) return 'not run'
  return short ? 'short' : 'long'
}

/** Every fault of the list, in its order. */
export const FAULTS: readonly Fault[] = [
  apiServerKilled,
  apiServersRolling,
  watchesCut,
  deadRoute,
  historiesShuffled,
  watchesStale,
  etcdStopped,
  leafRotated,
  authorityRotated,
  leafExpired,
  authorityMadeTwice,
  machineSuspended,
  stoppedPolitely,
  killed,
  serverStalled,
  worstBodies,
  leaseStolen,
  diskFull,
  dnsDown,
  connectionStorm,
  overload,
  manyInstances,
  podsAudited,
  churn,
  corruptResources,
  definitionsRemoved,
  rightsRemoved,
  startedFirst,
  halfRead,
  nobodyThere,
  installedInAnyOrder,
  namespaceDeleted,
  races,
  notReady,
  uncaught,
  slowNetwork,
  versionsDiffer,
  shortOfTime,
  scrapeStorm,
  soak,
]
