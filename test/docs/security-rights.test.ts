import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../src/install/access-rules.ts'
import { clusterRules, ownNamespaceRules } from '../../src/install/access.ts'
import { TOKEN_RULES } from '../../src/install/review-api-access.ts'
import { GROUP } from '../../src/policy/kinds.ts'

/** docs/security.md tells every right of the ServiceAccount, and none that it does not have. */

const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8')
const [section = ''] = page.split('\n## What the service may do\n')[1]?.split('\n## ') ?? []
const rights = [...section.matchAll(/^\| (.+?) +\| .+\|$/gm)].map(([, right = '']) => right).slice(2)

const namespace = 'dapr-shared-system'
const modes = [{ mode: 'files' }, { mode: 'secret', secret: 'a-secret' }, { mode: 'built-in' }] as const
const granted: Rule[] = [
  ...modes.flatMap((certificates) => [
    ...clusterRules({ namespace, certificates }),
    ...ownNamespaceRules({ namespace, certificates }),
  ]),
  ...TOKEN_RULES,
]

/** A resource as the page calls it. */
function called(group: string, resource: string): string {
  if (group === GROUP) return resource.endsWith('/status') ? 'the status of our four kinds' : 'our four kinds'
  return group === 'serving.knative.dev' ? "knative's three" : resource
}

/** The resources that a row names, as the API server has them. */
const named = (right: string): string[] =>
  [...right.matchAll(/\b([A-Z][a-z]+(?:[A-Z][a-z]+)*?s?)\b/g)]
    .map(([, kind = '']) => kind.toLowerCase())
    .filter((kind) => kind !== 'knative')
    .map((kind) => (kind.endsWith('s') ? kind : `${kind}s`))

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

const verbsOf = (right: string): string[] => VERBS.filter((verb) => new RegExp(`\\b${verb}\\b`).test(right))

function tells(right: string, what: string): boolean {
  if (what.includes(' '))
    return right.toLowerCase().includes(what) && !(what.startsWith('our') && right.includes('status'))
  return named(right).includes(what)
}

describe('the table of rights', () => {
  const all = granted.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, what: called(group, resource) }))),
    ),
  )
  const unique = [...new Map(all.map((one) => [`${one.verb} ${one.what}`, one])).values()]

  test.each(unique)('tells of $verb $what', ({ verb, what }) => {
    expect(rights.filter((right) => tells(right, what)).flatMap(verbsOf)).toContain(verb)
  })

  test('tells of nothing that is not granted', () => {
    const resources = new Set(granted.flatMap((rule) => rule.resources))
    expect(rights.flatMap(named).filter((resource) => !resources.has(resource))).toEqual([])
    for (const right of rights) {
      const rules = granted.filter(({ apiGroups, resources: those }) =>
        apiGroups.some((group) => those.some((resource) => tells(right, called(group, resource)))),
      )
      const verbs = new Set(rules.flatMap((rule) => rule.verbs))
      expect(
        verbsOf(right).filter((verb) => !verbs.has(verb)),
        right,
      ).toEqual([])
    }
  })
})
