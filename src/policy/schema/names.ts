import type * as z from 'zod'
import { text } from './text.ts'

/** Names of things in a cluster, by Kubernetes' own limits (Kubernetes docs, "Object Names and IDs"). */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const APP_ID = '[a-z0-9]([-a-z0-9]{0,56}[a-z0-9])?'

export const APP_ID_PATTERN = new RegExp(`^${APP_ID}$`)
export const DNS_LABEL_PATTERN = new RegExp(`^${LABEL}$`)
export const DNS_SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`)

/** `<appId>-dapr` must fit the 63 characters of a Service's name. */
const LONGEST_APP_ID = 58

export function appId(sentence: string): z.ZodString {
  return text(sentence, {
    max: LONGEST_APP_ID,
    pattern: APP_ID_PATTERN,
    wanted: 'an app-id: lower-case letters, digits and dashes, at most 58, such as orders',
  })
}

/** Exact, or the beginning of app-ids followed by `*`; `*` alone is every app-id. */
export function appIdPattern(sentence: string): z.ZodString {
  return text(sentence, {
    max: LONGEST_APP_ID + 1,
    pattern: new RegExp(`^(\\*|${APP_ID}|[a-z0-9][-a-z0-9]{0,57}\\*)$`),
    wanted: 'an app-id, such as orders, or the beginning of app-ids with a * at the end, such as billing-*',
  })
}

/** Namespaces and containers. */
export function dnsLabel(sentence: string): z.ZodString {
  return text(sentence, {
    max: 63,
    pattern: DNS_LABEL_PATTERN,
    wanted: 'a name: lower-case letters, digits and dashes, at most 63',
  })
}

/** ServiceAccounts, Secrets, workloads and most other objects. */
export function dnsSubdomain(sentence: string): z.ZodString {
  return text(sentence, {
    max: 253,
    pattern: DNS_SUBDOMAIN_PATTERN,
    wanted: 'a name: lower-case letters, digits, dashes and dots, at most 253',
  })
}

/** A key of a Secret; `.` and `..` are files that a volume could not hold. */
export function dataKey(sentence: string): z.ZodString {
  return text(sentence, {
    max: 253,
    pattern: /^([-_a-zA-Z0-9]|\.[-_a-zA-Z0-9]|\.\.[-._a-zA-Z0-9])[-._a-zA-Z0-9]*$/,
    wanted: 'a key of a Secret: letters, digits, dashes, dots and underscores, at most 253',
  })
}

/** Not a closed list, so that kinds which other projects bring can be named. */
export function workloadKind(sentence: string): z.ZodString {
  return text(sentence, {
    max: 317,
    pattern: new RegExp(`^[A-Z][A-Za-z0-9]{0,62}(\\.${SUBDOMAIN})?$`),
    wanted: 'a kind, such as Deployment, or Kind.group, such as Rollout.argoproj.io',
  })
}

/** By pattern, not by list: a policy written for a newer version of the service must stay valid in an older one. */
export function ruleId(sentence: string): z.ZodString {
  return text(sentence, {
    max: 63,
    pattern: /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/,
    wanted: 'the id of a rule, such as strategy.not-allowed',
  })
}

export function variableName(sentence: string): z.ZodString {
  return text(sentence, {
    max: 253,
    pattern: /^[-._a-zA-Z][-._a-zA-Z0-9]*$/,
    wanted: 'the name of an environment variable, such as SPIN_VARIABLE_DAPR_URL',
  })
}
