/** Kubernetes' own limits for names (Kubernetes docs, "Object Names and IDs"; RFC 1123 labels). */

const LABEL_PATTERN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const SUBDOMAIN_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const APP_ID_PATTERN = /^[a-z0-9]([-a-z0-9]{0,56}[a-z0-9])?$/
const DATA_KEY_PATTERN = /^[-._a-zA-Z0-9]{1,253}$/

/** RFC 1123 label, 1 to 63 characters: namespaces, containers, Services. */
export function isDnsLabel(value: string): boolean {
  return LABEL_PATTERN.test(value)
}

/** RFC 1123 subdomain, 1 to 253 characters: Secrets and most other objects. */
export function isDnsSubdomain(value: string): boolean {
  return value.length <= 253 && SUBDOMAIN_PATTERN.test(value)
}

/** An app-id: `<appId>-dapr` must fit a Service's 63 characters, hence 58. */
export function isAppId(value: string): boolean {
  return APP_ID_PATTERN.test(value)
}

/** A key of a Secret or ConfigMap. */
export function isDataKey(value: string): boolean {
  return DATA_KEY_PATTERN.test(value) && value !== '.' && value !== '..'
}
