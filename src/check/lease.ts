import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { numberOf, textOf } from '../discovery/loose.ts'
import { NAME } from '../install/names.ts'
import type { Deployed } from './deployed.ts'
import { logsOfAll } from './logs.ts'
import { line, ok, unknown, type Line } from './line.ts'

const DEFAULT_SECONDS = 15
/** A holder renews several times within the duration; beyond twice of it nobody has renewed for long. */
const STALE_DURATIONS = 2

interface LeaseContext extends Pick<Deployed, 'tlsMode'> {
  readonly namespace: string
  readonly now: number
}

/** Whether some replica has the duties: statuses, and with built-in certificates `caBundle` and renewal. */
export function leaseLine(lease: JsonObject | undefined, { tlsMode, namespace, now }: LeaseContext): Line {
  const spec = objectOr(lease?.['spec'])
  const holder = textOf(spec['holderIdentity']) ?? ''
  const renewed = Date.parse(textOf(spec['renewTime']) ?? '')
  const seconds = numberOf(spec['leaseDurationSeconds']) ?? DEFAULT_SECONDS
  const age = Math.round((now - renewed) / 1000)
  const isAhead = holder !== '' && age < -seconds * STALE_DURATIONS
  if (isAhead)
    return unknown('installation.lease', {
      what: `whether ${holder} still renews the Lease ${NAME} is unknown, as it did so in the future: clocks differ.`,
      wanted: 'one time in the whole cluster',
      got: `${-age} s ahead`,
      cure: 'Set the clocks of nodes and control plane by NTP, then ask again.',
    })
  const isFresh = holder !== '' && age <= seconds * STALE_DURATIONS
  if (isFresh) return ok('installation.lease', `the Lease ${NAME} is held by ${holder}`)
  const undone =
    tlsMode === 'built-in'
      ? 'certificates are not renewed, caBundle is not mended, statuses are not written'
      : 'statuses of policies are not written'
  return line('installation.lease', tlsMode === 'built-in' ? 'fail' : 'warn', {
    what: `${whyNot(lease, holder)}: ${undone}.`,
    wanted: `a holder that renewed within ${seconds * STALE_DURATIONS} s`,
    got: holder === '' ? 'no holder' : `${holder}, ${Number.isNaN(age) ? 'never renewed' : `${age} s ago`}`,
    cure: `See whether replicas run and may write the Lease: ${logsOfAll(namespace)}; kubectl auth can-i update leases.coordination.k8s.io/${NAME} -n ${namespace} --as=system:serviceaccount:${namespace}:${NAME}`,
  })
}

function whyNot(lease: JsonObject | undefined, holder: string): string {
  if (lease === undefined) return `there is no Lease ${NAME}`
  return holder === '' ? `nobody holds the Lease ${NAME}` : `the Lease ${NAME} is not renewed any more`
}
