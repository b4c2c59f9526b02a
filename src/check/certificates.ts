import type { X509Certificate } from 'node:crypto'
import { countOf } from '../core/count-of.ts'
import { serviceHosts } from '../install/names.ts'
import { wayOf } from './apply-again.ts'
import { cureOf, readTrust, type Trust } from './ca-bundle.ts'
import type { CheckId } from './catalogue.ts'
import { isForServers, isTrusted, isValidAt, nameOf, readCertificates } from './chain.ts'
import { readDeployed, type Deployed } from './deployed.ts'
import { provesTrust } from './dry-run.ts'
import { allOf, type CertificateTexts, type CheckOptions, type ClusterFacts, type Fact } from './facts.ts'
import { withFact } from './known.ts'
import { fail, ok, unknown, warn, type Line } from './line.ts'
import { logsOfHolder } from './logs.ts'

const DAY_MS = 86_400_000

/** Whether the API server trusts whom it calls, and for how long. */
export function certificateLines(facts: ClusterFacts, options: CheckOptions): readonly Line[] {
  const deployed = readDeployed(facts.deployment.known ? facts.deployment.value : undefined)
  return withFact(
    'certificates.ca-bundle',
    allOf(facts.mutating, facts.validating),
    'caBundle',
    (configurations) => {
      const trust = readTrust(configurations, facts)
      if (trust === undefined) return []
      return [
        trust.line,
        ...trust.authorities.flatMap((one) =>
          expiryLine('certificates.ca-expiry', one, 'the CA', deployed, facts, options),
        ),
        ...servingLines(trust, deployed, facts, options),
      ]
    },
  )
}

function servingLines(
  trust: Trust,
  deployed: Deployed,
  facts: ClusterFacts,
  options: CheckOptions,
): readonly Line[] {
  const { certificate, namespace } = facts
  const chain = readServing(certificate)
  if (typeof chain === 'string') return [unreadLine(chain, deployed, facts)]
  const [leaf] = chain
  if (leaf === undefined) return [emptyLine(deployed, facts)]
  return [
    ...(trust.authorities.length === 0 ? [] : [chainLine(chain, trust, deployed, facts, options.now)]),
    hostsLine(leaf, deployed, namespace),
    ...expiryLine('certificates.expiry', leaf, 'the serving certificate', deployed, facts, options),
  ]
}

/** The chain, leaf first, empty where the Secret has none; or why it is not to be had. */
function readServing(certificate: Fact<CertificateTexts | undefined>): readonly X509Certificate[] | string {
  if (!certificate.known) return certificate.why
  return readCertificates(certificate.value?.certPem ?? '') ?? []
}

/** Who may not read the Secret sees by the dry run that the API server trusts the certificate. */
function unreadLine(why: string, { certificateSecret }: Deployed, { dryRun, namespace }: ClusterFacts): Line {
  if (dryRun !== undefined && provesTrust(dryRun.injection))
    return ok('certificates.chain', 'the API server trusts the serving certificate, as the dry run shows')
  return unknown('certificates.chain', {
    what: `the serving certificate is unknown, as ${why}.`,
    cure:
      certificateSecret === ''
        ? 'Compare the certificate with caBundle by hand: docs/certificates.md.'
        : `Ask as somebody who may read it (kubectl auth can-i get secrets/${certificateSecret} -n ${namespace}), or leave the dry run in, which shows whether it is trusted; or take it as it is: --allow-unknown.`,
  })
}

function emptyLine({ tlsMode, certificateSecret }: Deployed, facts: ClusterFacts): Line {
  const { namespace } = facts
  return fail('certificates.chain', {
    what: `the Secret ${namespace}/${certificateSecret} holds no serving certificate: replicas do not become ready.`,
    wanted: 'tls.crt and tls.key',
    got: 'no certificate in tls.crt',
    cure:
      tlsMode === 'built-in'
        ? `The holder of the Lease writes it: see why it does not (${logsOfHolder(facts)}).`
        : 'Write it: docs/certificates.md says how, for cert-manager and for your own.',
  })
}

function chainLine(
  chain: readonly X509Certificate[],
  { authorities }: Trust,
  { certificateSecret }: Deployed,
  facts: ClusterFacts,
  now: number,
): Line {
  const { namespace } = facts
  const [leaf, ...between] = chain
  if (leaf !== undefined && !isForServers(leaf))
    return fail('certificates.chain', {
      what: `the certificate in the Secret ${namespace}/${certificateSecret} is not one of a server: every pod that asks is refused (x509: certificate specifies an incompatible key usage).`,
      wanted: 'extended key usage serverAuth',
      got: leaf.keyUsage.join(', '),
      cure: 'Have it made for servers: docs/certificates.md (cert-manager: usages: [server auth]).',
    })
  if (isTrusted(chain, authorities, now))
    return ok('certificates.chain', 'caBundle verifies the serving certificate')
  const ended = between.find((one) => !isValidAt(one, now))
  if (ended !== undefined && isTrusted(chain, authorities, ended.validFromDate.getTime()))
    return fail('certificates.chain', {
      what: `an intermediate certificate in the Secret ${namespace}/${certificateSecret} has expired or is not valid yet: every pod that asks is refused.`,
      wanted: `intermediate certificates that are valid now`,
      got: `${nameOf(ended)}, ${ended.validFrom} to ${ended.validTo}`,
      cure: 'Write the present intermediate after the leaf into tls.crt: docs/certificates.md.',
    })
  return fail('certificates.chain', {
    what: `caBundle does not verify the serving certificate in the Secret ${namespace}/${certificateSecret}: every pod that asks is refused (x509: unknown authority).`,
    wanted: `a certificate signed by ${authorities.map(nameOf).join(' or ')}`,
    got: `${leaf === undefined ? 'none' : nameOf(leaf)}, signed by ${leaf?.issuer.replaceAll('\n', ', ') ?? ''}`,
    cure: cureOf(wayOf(facts), facts),
  })
}

function hostsLine(leaf: X509Certificate, { tlsMode }: Deployed, namespace: string): Line {
  const [host = ''] = serviceHosts(namespace)
  if (leaf.checkHost(host, { subject: 'never' }) !== undefined)
    return ok('certificates.hosts', `the serving certificate is for ${host}`)
  return fail('certificates.hosts', {
    what: `the serving certificate is not for ${host}, by which the API server calls: every pod that asks is refused (x509: certificate is valid for other names).`,
    wanted: `DNS:${host}`,
    got: leaf.subjectAltName ?? 'no names',
    cure:
      tlsMode === 'built-in'
        ? `kubectl annotate secret -n ${namespace} dapr-shared-admission-certificates shared.dapr.io/rotate=serving --overwrite`
        : `Have it made for ${serviceHosts(namespace).join(', ')} (dapr-shared certs --out DIR -n ${namespace}; cert-manager: dnsNames).`,
  })
}

function expiryLine(
  id: CheckId,
  certificate: X509Certificate,
  what: string,
  { tlsMode, certificateSecret }: Deployed,
  facts: ClusterFacts,
  { now, expiryDays }: CheckOptions,
): Line[] {
  const end = certificate.validToDate.getTime()
  const days = Math.floor((end - now) / DAY_MS)
  const rotate = id === 'certificates.expiry' ? 'serving' : 'ca'
  const cure =
    tlsMode === 'built-in'
      ? `kubectl annotate secret -n ${facts.namespace} ${certificateSecret} shared.dapr.io/rotate=${rotate} --overwrite; see why it was not renewed by itself: ${logsOfHolder(facts)}`
      : 'Renew it: docs/certificates.md says how, for cert-manager and for your own.'
  const fault = { wanted: `more than ${countOf(expiryDays, 'day')} left`, got: certificate.validTo, cure }
  if (now < certificate.validFromDate.getTime())
    return [
      fail(id, {
        ...fault,
        what: `${what} is not valid yet: clocks differ.`,
        got: `from ${certificate.validFrom}`,
      }),
    ]
  if (end <= now)
    return [fail(id, { ...fault, what: `${what} has expired: every pod that asks is refused.` })]
  if (days < expiryDays) return [warn(id, { ...fault, what: `${what} ends in ${countOf(days, 'day')}.` })]
  return [ok(id, `${what} is valid for ${countOf(days, 'day')} more`)]
}
