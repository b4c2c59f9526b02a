/** `--ops-port` is also `DAPR_SHARED_OPS_PORT`. */
export function envName(flag: string): string {
  return `DAPR_SHARED_${flag.toUpperCase().replaceAll('-', '_')}`
}
