import { isDnsSubdomain } from '../core/dns-names.ts'
import { oneOf, parseList, parseSeconds } from './parse-values.ts'
import { envName } from './env-name.ts'

/** Where the serving certificate comes from. */
export type TlsSettings =
  /** PEM files, read again when they change */
  | { readonly mode: 'files'; readonly certFile: string; readonly keyFile: string }
  /** a Secret of the service's own namespace that somebody else keeps, as cert-manager */
  | { readonly mode: 'secret'; readonly secret: string }
  /** our own CA, in a Secret of our own; the holder of the Lease renews it and writes `caBundle` */
  | { readonly mode: 'built-in'; readonly secret: string; readonly settleSeconds: number }
  /** made at the start, for this process alone */
  | { readonly mode: 'self-made' }

/** The callers that are let in: those with a client certificate of this CA, and one of the names where any are given. */
export interface ClientSettings {
  readonly caFile: string
  readonly names: readonly string[]
}

export const BUILT_IN_SECRET = 'dapr-shared-admission-certificates'
export const TLS_MODES = ['files', 'secret', 'built-in', 'self-made'] as const
/** What was given for a flag, on the command line or in the environment. */
export type Given = (name: string) => string | undefined
/** The same, parsed; what cannot be is told as a problem. */
export type Read = <T>(name: string, parse: (text: string) => T | undefined, wanted: string) => T | undefined

/**
 * Every combination that cannot be meant is a problem of its own.
 *
 * @param mayHaveSecrets false: there is no cluster, so that the name of a Secret is nothing to ask for
 */
export function readTls(given: Given, read: Read, problems: string[], mayHaveSecrets: boolean): TlsSettings {
  const certFile = given('tls-cert')
  const keyFile = given('tls-key')
  const secret = read(
    'tls-secret',
    (text) => (isDnsSubdomain(text) ? text : undefined),
    'the name of a Secret',
  )
  const settleSeconds = read('ca-settle-seconds', parseSeconds, 'seconds from 0 to 600')
  const hasFiles = certFile !== undefined || keyFile !== undefined
  const asked = read('tls-mode', oneOf(TLS_MODES), TLS_MODES.join(', '))
  const mode = asked ?? (hasFiles ? 'files' : secret === undefined ? 'self-made' : 'secret')
  const complain = (problem: string): void => void problems.push(problem)

  if (hasFiles && mode !== 'files')
    complain(
      `--tls-cert and --tls-key with --tls-mode ${mode} (${envName('tls-mode')}): files are for mode files. Keep one of the two.`,
    )
  if (secret !== undefined && mode !== 'secret' && mode !== 'built-in')
    complain(
      `--tls-secret with --tls-mode ${mode} (${envName('tls-mode')}): a Secret is for the modes secret and built-in. Keep one of the two.`,
    )
  if (settleSeconds !== undefined && mode !== 'built-in')
    complain(
      `--ca-settle-seconds (${envName('ca-settle-seconds')}) is for --tls-mode built-in. Leave it out.`,
    )
  if (mode === 'built-in')
    return { mode, secret: secret ?? BUILT_IN_SECRET, settleSeconds: settleSeconds ?? 60 }
  if (mode === 'secret') {
    if (secret === undefined && mayHaveSecrets)
      complain(`--tls-mode secret without --tls-secret (${envName('tls-secret')}). Name the Secret.`)
    return { mode, secret: secret ?? '' }
  }
  if (mode === 'self-made') return { mode }
  if (certFile === undefined && keyFile === undefined)
    complain(
      `--tls-mode files without --tls-cert (${envName('tls-cert')}) and --tls-key (${envName('tls-key')}). Give both.`,
    )
  else if (keyFile === undefined)
    complain(`--tls-cert without --tls-key (${envName('tls-key')}). Give both, or neither.`)
  else if (certFile === undefined)
    complain(`--tls-key without --tls-cert (${envName('tls-cert')}). Give both, or neither.`)
  return { mode, certFile: certFile ?? '', keyFile: keyFile ?? '' }
}

/** A name counts only beside a CA. */
export function readClients(given: Given, read: Read, problems: string[]): ClientSettings | undefined {
  const caFile = given('client-ca')
  const names = read('client-names', parseList, 'names with commas between them')
  if (caFile !== undefined) return { caFile, names: names ?? [] }
  if (names !== undefined)
    problems.push(
      `--client-names without --client-ca (${envName('client-ca')}): a name counts only in a certificate that a CA signed. Give both.`,
    )
  return undefined
}
