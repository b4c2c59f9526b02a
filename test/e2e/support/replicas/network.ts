import { spawnSync } from 'node:child_process'
import { readdirSync, existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** Where a replica lives: an address that an EndpointSlice may hold, and how a program is started there. */
export interface Place {
  /** of the network namespace; none on this machine's own address */
  readonly netns: string | undefined
  readonly address: string
  /** 0: any free one, where replicas share an address */
  readonly ports: { readonly admission: number; readonly ops: number }
  /** a command before that of the program */
  readonly within: readonly string[]
  remove(): void
}

/** The network of one run. Everything of it is named after this process and goes with it. */
export interface Network {
  readonly how: 'network namespaces' | "this machine's own address"
  /** by which a replica reaches this host, and thus the API server */
  readonly hostAddress: string
  addPlace(): Place
  remove(): void
}

const PREFIX = 'dapr-shared-test-'
// reserved for benchmarks, and the half of it that kwok leaves alone
const RANGE = '198.19'
const LAST_HOST = 254

/**
 * A bridge, and network namespaces on it: replicas on addresses of their own, reached by nothing but this machine.
 * Where they are not permitted, replicas share this machine's own address on ports of their own.
 *
 * @throws Error on a machine that permits neither
 */
export function makeNetwork(): Network {
  sweep()
  return ipMayBeUsed() ? makeBridge() : shareOwnAddress()
}

/** What it would be here: the real thing, or its stand-in. */
export function placeOfReplicas(): Network['how'] {
  return ipMayBeUsed() ? 'network namespaces' : "this machine's own address"
}

/** Whether this process may make network namespaces and bridges. */
function ipMayBeUsed(): boolean {
  const probe = `${PREFIX}${process.pid}-probe`
  if (!tryIp('netns', 'add', probe)) return false
  tryIp('netns', 'del', probe)
  const bridge = `dsb${process.pid}`
  const made = tryIp('link', 'add', bridge, 'type', 'bridge')
  tryIp('link', 'del', bridge)
  return made
}

function makeBridge(): Network {
  const bridge = `dsb${process.pid}`
  const subnet = freeSubnet()
  const hostAddress = `${subnet}.1`
  ip('link', 'add', bridge, 'type', 'bridge')
  ip('addr', 'add', `${hostAddress}/24`, 'dev', bridge)
  ip('link', 'set', bridge, 'up')
  const places = new Set<Place>()
  let next = 0
  const removeAll = (): void => {
    for (const place of places) place.remove()
    tryIp('link', 'del', bridge)
  }

  const network: Network = {
    how: 'network namespaces',
    hostAddress,
    addPlace() {
      // addresses come again as late as can be: a late packet of one replica is then no other's
      const number = next % (LAST_HOST - 1)
      next += 1
      const place = addNamespace({ bridge, number, address: `${subnet}.${number + 2}`, hostAddress })
      const gone = {
        ...place,
        remove() {
          places.delete(gone)
          place.remove()
        },
      }
      places.add(gone)
      return gone
    },
    remove() {
      process.off('exit', removeAll)
      removeAll()
    },
  }
  process.once('exit', removeAll)
  return network
}

function addNamespace({
  bridge,
  number,
  address,
}: {
  bridge: string
  number: number
  address: string
  hostAddress: string
}): Place {
  const netns = `${PREFIX}${process.pid}-${number}`
  const near = `dsv${process.pid}x${number}`
  ip('netns', 'add', netns)
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns)
  ip('link', 'set', near, 'master', bridge)
  ip('link', 'set', near, 'up')
  ip('-n', netns, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
  ip('-n', netns, 'link', 'set', 'lo', 'up')
  ip('-n', netns, 'link', 'set', 'eth0', 'up')
  return {
    netns,
    address,
    ports: { admission: 8443, ops: 8080 },
    within: ['ip', 'netns', 'exec', netns],
    remove() {
      // by itself the pair goes with the namespace, which the sockets of a killed process keep for a while
      tryIp('link', 'del', near)
      tryIp('netns', 'del', netns)
    },
  }
}

function shareOwnAddress(): Network {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address
  if (address === undefined)
    throw new Error(
      'replicas behind a Service need an address that is not loopback: neither `ip netns add` is permitted, nor has this machine one. Run the tests as root.',
    )
  const remove = (): void => {}
  const ports = { admission: 0, ops: 0 }
  return {
    how: "this machine's own address",
    hostAddress: '127.0.0.1',
    addPlace: () => ({ netns: undefined, address, ports, within: [], remove }),
    remove,
  }
}

/** Removes what runs left behind that were killed before they could. */
function sweep(): void {
  const isGone = (pid: string | undefined): boolean => pid !== undefined && !existsSync(`/proc/${pid}`)
  for (const line of outputOfIp('netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ')
    if (name.startsWith(PREFIX) && isGone(name.slice(PREFIX.length).split('-')[0]))
      tryIp('netns', 'del', name)
  }
  for (const link of existsSync('/sys/class/net') ? readdirSync('/sys/class/net') : [])
    if (isGone(/^ds[bv](\d+)(?:x\d+)?$/.exec(link)?.[1])) tryIp('link', 'del', link)
}

function freeSubnet(): string {
  const taken = outputOfIp('-4', '-o', 'addr')
  for (let third = process.pid; ; third += 1) {
    const subnet = `${RANGE}.${third % 256}`
    if (!taken.includes(` ${subnet}.`)) return subnet
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`)
}

function tryIp(...args: string[]): boolean {
  return spawnSync('ip', args).status === 0
}

function outputOfIp(...args: string[]): string {
  return spawnSync('ip', args, { encoding: 'utf8' }).stdout ?? ''
}
