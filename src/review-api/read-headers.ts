import type { IncomingHttpHeaders } from 'node:http'
import { isDnsLabel } from '../core/dns-names.ts'
import { quote } from '../core/quote.ts'
import { Refusal } from './refuse.ts'

/** What a request says before its body. */
export interface Asked {
  /** for objects that name no namespace */
  readonly defaultNamespace: string
  readonly format: 'json' | 'yaml'
}

const MEDIA_TYPE = /^application\/(json|yaml)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i

/** @throws Refusal for a method that is not POST */
export function checkMethod(method: string): void {
  if (method !== 'POST')
    throw new Refusal('MethodNotAllowed', `${method} is not known here. Use POST.`, {
      headers: { allow: 'POST' },
    })
}

/**
 * @param url with its query
 * @param most bytes of the body
 * @throws Refusal for a query, a type of body or a declared length that is not taken
 */
export function readHeaders(url: string, headers: IncomingHttpHeaders, most: number): Asked {
  const defaultNamespace = readQuery(url)
  const format = readFormat(headers)
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge(most)
  return { defaultNamespace, format }
}

export function tooLarge(most: number): Refusal {
  return new Refusal('BodyTooLarge', `the body is larger than ${most} bytes. Send fewer objects at a time.`)
}

function readQuery(url: string): string {
  const query = url.indexOf('?')
  const parameters = new URLSearchParams(query === -1 ? '' : url.slice(query + 1))
  for (const name of parameters.keys()) {
    if (name !== 'namespace')
      throw new Refusal('BadRequest', `the parameter ${quote(name)} is not known. There is one: namespace.`)
  }
  const [namespace = 'default', ...more] = parameters.getAll('namespace')
  if (more.length > 0)
    throw new Refusal('BadRequest', 'the parameter namespace is given twice. Give it once.')
  if (!isDnsLabel(namespace))
    throw new Refusal('BadRequest', `namespace: wanted the name of a namespace, got ${quote(namespace)}.`)
  return namespace
}

function readFormat(headers: IncomingHttpHeaders): Asked['format'] {
  const { 'content-type': type = '', 'content-encoding': encoding } = headers
  const format = MEDIA_TYPE.exec(type)?.[1]?.toLowerCase()
  if (format !== 'json' && format !== 'yaml')
    throw new Refusal(
      'UnsupportedMediaType',
      `Content-Type: wanted application/yaml or application/json in UTF-8, got ${quote(type)}.`,
      { headers: { accept: 'application/yaml, application/json' } },
    )
  if (encoding !== undefined)
    throw new Refusal('UnsupportedMediaType', 'Content-Encoding: wanted none. Send the body uncompressed.')
  return format
}
