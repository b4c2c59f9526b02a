/** Why a TLS handshake failed, as the metric has it. */
export type HandshakeFailure = 'unknown_ca' | 'bad_certificate' | 'client_certificate' | 'timeout' | 'other'

/**
 * Reads the error of a failed handshake: what the caller said of our certificate (an alert of RFC 8446 §6.2), what we say of
 * his, or neither. OpenSSL has had several names for one alert, so only what is common to them is looked at.
 */
export function handshakeFailureOf(error: unknown): HandshakeFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.endsWith('ALERT_UNKNOWN_CA')) return 'unknown_ca'
  if (/ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|UNSUPPORTED_CERTIFICATE)$/.test(code))
    return 'bad_certificate'
  if (/PEER_DID_NOT_RETURN_A_CERTIFICATE|CERTIFICATE_VERIFY_FAILED/.test(code)) return 'client_certificate'
  return code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'timeout' : 'other'
}

/**
 * Whether a caller did not trust our certificate. Go, and so the API server, says "bad certificate" where others say
 * "unknown CA" (crypto/tls, verifyServerCertificate).
 */
export function isDistrust(failure: HandshakeFailure): boolean {
  return failure === 'unknown_ca' || failure === 'bad_certificate'
}
