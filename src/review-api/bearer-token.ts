import { Refusal } from './refuse.ts'

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i

/**
 * The token of an `Authorization` header.
 *
 * @throws Refusal where there is none
 */
export function bearerToken(authorization: string | undefined): string {
  const token = BEARER.exec(authorization ?? '')?.[1]
  if (token === undefined)
    throw unauthorized(
      'there is no bearer token. Send one of this cluster: "Authorization: Bearer TOKEN", with a TOKEN of kubectl create token SERVICEACCOUNT.',
    )
  return token
}

/** @param error as RFC 6750 calls it, of a token that was sent */
export function unauthorized(message: string, error?: 'invalid_token'): Refusal {
  const challenge = error === undefined ? 'Bearer' : `Bearer error="${error}"`
  return new Refusal('Unauthorized', message, { headers: { 'www-authenticate': challenge } })
}
