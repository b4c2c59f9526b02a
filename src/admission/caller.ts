const MAPPED = '::ffff:'
const NETWORK_GROUPS = 4
const ALL_GROUPS = 8

/**
 * Who counts as one caller: an IPv4 address, or the /64 network of an IPv6 address, of which one host may have as many
 * addresses as it likes.
 *
 * @param remoteAddress as a socket tells it; empty for one that is gone already
 */
export function callerOf(remoteAddress: string): string {
  if (remoteAddress.startsWith(MAPPED)) return remoteAddress.slice(MAPPED.length)
  if (!remoteAddress.includes(':')) return remoteAddress
  const [address = ''] = remoteAddress.split('%')
  const [front = '', back = ''] = address.split('::').map((half) => half.replaceAll(/^:|:$/g, ''))
  const [first, last] = [front, back].map((half) => (half === '' ? [] : half.split(':'))) as [
    string[],
    string[],
  ]
  const zeros = Array.from({ length: ALL_GROUPS - first.length - last.length }, () => '0')
  return `${[...first, ...zeros, ...last].slice(0, NETWORK_GROUPS).join(':')}::/64`
}
