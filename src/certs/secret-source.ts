import { CertificateError } from './certificate-error.ts'
import type { ClusterParts } from './cluster-parts.ts'
import { followObject, type FollowedObject } from './follow-object.ts'
import { putInService } from './in-service.ts'
import { keepChecking } from './keep-checking.ts'
import { SeenSecret, secretsPath } from './read-secret.ts'
import { requireValid } from './require-valid.ts'
import { readServingCertificate, type CertificateSource, type ServingCertificate } from './source.ts'

// Changes are seen by watch; this is for a certificate that comes to its end without one.
const CHECK_MS = 60_000
// Of a cluster that answers, the Secret is known long before; a throw-away certificate costs half a second of a processor.
const FIRST_READ_MS = 3_000

/** A certificate from a Secret, and the Secret itself. */
export interface SecretSource extends CertificateSource {
  problem(): string | undefined
  /** as it was seen last; none where there is none */
  secret(): SeenSecret | undefined
  /** whether it is known if there is one */
  isRead(): boolean
  /** Calls the listener after each change of the Secret, whether it is usable or not. */
  onSecret(listener: () => void): void
  /** Looks again whether the certificate of the Secret may be served. */
  lookAgain(): void
}

/**
 * For how many milliseconds a certificate must wait before it takes the place of another, as callers do not trust it yet; none
 * where that is not known.
 */
export type WaitFor = (next: ServingCertificate, current: ServingCertificate) => number | undefined

/**
 * Serves the certificate of a Secret (`tls.crt`, `tls.key`, and `ca.crt` where it is there) and follows it by watch, never
 * by mount, which lags by a minute. One that is missing, half-written or does not fit together leaves the last good pair in
 * service, and is a warning, once. Before the first good pair the source has a problem, and `current()` is a throw-away one.
 */
export async function openSecretSource(
  parts: ClusterParts & { readonly namespace: string; readonly name: string; readonly waitFor?: WaitFor },
): Promise<SecretSource> {
  const { namespace, name, now, setTimer, log, waitFor = () => 0 } = parts
  const where = `Secret ${namespace}/${name}`
  const listeners: (() => void)[] = []
  let complaint = `${where} was not looked at yet.`
  const followed = followObject(parts, {
    all: secretsPath(namespace),
    resource: 'secrets',
    name,
    project: (object) => new SeenSecret(object),
    onChange() {
      for (const listener of listeners) listener()
    },
  })

  const first = (await isSoon(followed, parts)) ? readIfGood(followed.current(), where) : undefined
  const service = putInService(first ?? (await standIn(now)), log)
  let isGood = first !== undefined
  let cancelLook = (): void => undefined

  async function check(): Promise<void> {
    if (!followed.isRead()) return
    try {
      const next = readSecretPair(followed.current(), where)
      if (
        next.fingerprint256 !== service.current().fingerprint256 ||
        next.caPem !== service.current().caPem
      ) {
        const wait = isGood ? waitFor(next, service.current()) : 0
        cancelLook()
        if (wait === undefined) return
        if (wait > 0) {
          cancelLook = setTimer(() => checks.soon(), wait)
          return
        }
        service.replace(next)
        const { fingerprint256, notAfter } = next
        log.info(
          { secret: name, fingerprint256, notAfter },
          isGood ? 'The certificate was reloaded.' : 'The certificate is there.',
        )
      }
      isGood = true
    } catch (error) {
      complaint = error instanceof Error ? error.message : String(error)
      throw error
    }
    requireValid(service.current(), where, now())
  }

  const checks = keepChecking({
    check,
    everyMs: CHECK_MS,
    setTimer,
    log,
    outcome: () => (isGood ? 'The certificate in service stays.' : 'There is none to serve yet.'),
  })
  listeners.push(() => checks.soon())
  checks.soon()

  return {
    current: service.current,
    onChange: service.onChange,
    problem() {
      if (isGood) return undefined
      return followed.isRead() ? complaint : `${where} was not read yet: ${followed.problem() ?? 'no answer'}`
    },
    secret: () => followed.current(),
    isRead: () => followed.isRead(),
    lookAgain: () => checks.soon(),
    onSecret: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      service.retire()
      cancelLook()
      await followed[Symbol.asyncDispose]()
      await checks[Symbol.asyncDispose]()
    },
  }
}

async function isSoon(
  { firstRead }: FollowedObject<SeenSecret>,
  { setTimer }: Pick<ClusterParts, 'setTimer'>,
): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const cancel = setTimer(() => resolve(false), FIRST_READ_MS)
  const isRead = await Promise.race([firstRead.then(() => true), late])
  cancel()
  return isRead
}

function readIfGood(secret: SeenSecret | undefined, where: string): ServingCertificate | undefined {
  try {
    return readSecretPair(secret, where)
  } catch {
    return undefined
  }
}

/** @throws {CertificateError} naming the key of the Secret; never with anything of its content */
function readSecretPair(secret: SeenSecret | undefined, where: string): ServingCertificate {
  if (secret === undefined) {
    throw new CertificateError('missing', `${where} does not exist: create it, or wait for what creates it.`)
  }
  const { 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': caPem = '' } = secret.texts()
  if (certPem === undefined || keyPem === undefined) {
    throw new CertificateError(
      'missing',
      `${where} has no tls.crt and tls.key: wait for what fills it, or write both.`,
    )
  }
  return readServingCertificate(
    { certPem, keyPem, caPem: caPem.trim() === '' ? undefined : caPem },
    { cert: `tls.crt of ${where}`, key: `tls.key of ${where}`, ca: `ca.crt of ${where}` },
  )
}

/** Rarely needed, and node-forge costs 3 MB. */
async function standIn(now: () => Date): Promise<ServingCertificate> {
  const { makeThrowAway } = await import('./throw-away.ts')
  return makeThrowAway(now)
}
