import { spawnSync } from 'node:child_process'

/** What a fault may need and a machine may not grant. */
export const PRIVILEGES = ['network-namespace', 'netem', 'mount'] as const

export type Privilege = (typeof PRIVILEGES)[number]

/** Tries each out, once; nothing of it stays. */
export function findPrivileges(): ReadonlySet<Privilege> {
  return new Set(PRIVILEGES.filter((privilege) => succeeds(TRIALS[privilege])))
}

const TRIALS: Readonly<Record<Privilege, string>> = {
  'network-namespace': 'unshare -n ip link add a type veth peer name b',
  netem: 'unshare -n tc qdisc add dev lo root netem delay 1ms',
  mount: 'unshare -m mount -t tmpfs -o size=64k tmpfs /tmp',
}

function succeeds(command: string): boolean {
  return spawnSync('sh', ['-c', command], { stdio: 'ignore' }).status === 0
}
