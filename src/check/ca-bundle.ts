import type { X509Certificate } from 'node:crypto'
import { objectOr } from '../core/cluster-facts.ts'
import type { JsonObject } from '../core/pod.ts'
import { textOf, objectsOf } from '../discovery/loose.ts'
import { NAME, WEBHOOK } from '../install/names.ts'
import { applyAgain, wayOf, type Way } from './apply-again.ts'
import { readCertificates } from './chain.ts'
import type { ClusterFacts } from './facts.ts'
import { fail, ok, type Line } from './line.ts'
import { logsOfHolder } from './logs.ts'

/** Whom the API server trusts, as far as the configurations say. */
export interface Trust {
  readonly line: Line
  /** the same in every webhook; empty where that is not so */
  readonly authorities: readonly X509Certificate[]
}

const INJECT_FROM = 'cert-manager.io/inject-ca-from'
const OURS: ReadonlySet<string> = new Set(Object.values(WEBHOOK))

/** `caBundle` of all of our webhooks: there, readable, the same. */
export function readTrust(
  configurations: readonly (JsonObject | undefined)[],
  facts: ClusterFacts,
): Trust | undefined {
  const webhooks = configurations
    .flatMap((one) => objectsOf(one?.['webhooks']))
    .filter(({ name }) => OURS.has(textOf(name) ?? ''))
  if (webhooks.length === 0) return undefined
  const bundles = webhooks.map((webhook) => ({
    name: textOf(webhook['name']) ?? '',
    pem: Buffer.from(textOf(objectOr(webhook['clientConfig'])['caBundle']) ?? '', 'base64').toString(),
  }))
  const cure = cureOf(wayOf(facts), facts)
  const bad = (what: string, got: string): Trust => ({
    line: fail('certificates.ca-bundle', {
      what,
      wanted: 'the CA of the serving certificate, the same in every webhook',
      got,
      cure,
    }),
    authorities: [],
  })

  const empty = bundles.filter(({ pem }) => pem.trim() === '')
  if (empty.length > 0)
    return bad(
      `caBundle of ${namesOf(empty)} is empty: the API server trusts nobody who answers there, and every pod that asks is refused (x509: unknown authority).`,
      'nothing',
    )
  const read = bundles.map(({ name, pem }) => ({ name, certificates: readCertificates(pem) }))
  const unreadable = read.filter(({ certificates = [] }) => certificates.length === 0)
  if (unreadable.length > 0)
    return bad(
      `caBundle of ${namesOf(unreadable)} holds no certificate that can be read.`,
      'no PEM certificate',
    )
  const [first] = read
  const sets = new Set(read.map(({ certificates = [] }) => fingerprintsOf(certificates)))
  if (sets.size > 1)
    return bad(
      `caBundle is not the same in all of ${namesOf(read)}: one of them trusts another CA.`,
      `${sets.size} different bundles`,
    )
  const authorities = first?.certificates ?? []
  return {
    line: ok(
      'certificates.ca-bundle',
      `caBundle holds ${authorities.length === 1 ? 'a CA' : `${authorities.length} CAs`}, the same in ${bundles.length} webhooks`,
    ),
    authorities,
  }
}

/** Who fills caBundle depends on where the certificate comes from. */
export function cureOf(way: Way, facts: Pick<ClusterFacts, 'namespace' | 'lease'>): string {
  const { namespace } = facts
  switch (way.tlsMode) {
    case 'built-in':
      return `The holder of the Lease mends it within seconds: see why it does not (${logsOfHolder(facts)}), and that it may: kubectl auth can-i patch mutatingwebhookconfigurations/${NAME} --as=system:serviceaccount:${namespace}:${NAME}`
    case 'secret':
      return `With cert-manager: see that its cainjector runs, and what it says (kubectl logs -n cert-manager deployment/cert-manager-cainjector); by ${INJECT_FROM} it finds the CA, and where that is gone: ${applyAgain(way)}. Otherwise give the CA yourself (chart: --set-file certificates.provided.caBundle=ca.crt).`
    case 'files':
    case 'self-made':
    case undefined:
      return `Apply it again with the CA that signed the certificate: ${applyAgain(way)}`
  }
}

function namesOf(some: readonly { readonly name: string }[]): string {
  return some.map(({ name }) => name).join(', ')
}

function fingerprintsOf(certificates: readonly X509Certificate[]): string {
  return certificates
    .map(({ fingerprint256 }) => fingerprint256)
    .toSorted()
    .join()
}
