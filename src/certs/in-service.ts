import type { CertificateLog, CertificateSource, ServingCertificate } from './source.ts'

/** The certificate in service, and the one way to replace it. */
export interface InService extends Pick<CertificateSource, 'current' | 'onChange'> {
  replace(next: ServingCertificate): void
  /** From here on nothing is replaced and nobody is told. */
  retire(): void
}

/** Both sources swap and tell in the same way; a listener that throws keeps neither the swap nor the others back. */
export function putInService(first: ServingCertificate, log: CertificateLog): InService {
  let current = first
  let retired = false
  const listeners: ((certificate: ServingCertificate) => void)[] = []

  return {
    current: () => current,
    onChange: (listener) => void listeners.push(listener),
    replace(next) {
      if (retired) return
      current = next
      for (const tell of listeners) {
        try {
          tell(next)
        } catch (err) {
          log.warn(
            { err },
            'A part of the server did not take the new certificate and may still use the old one.',
          )
        }
      }
    },
    retire: () => void (retired = true),
  }
}
