import { z } from 'zod'
import { backstop } from '../src/install/backstop.ts'
import { labelGuard } from '../src/install/label-guard.ts'
import { reviewApiAccess } from '../src/install/review-api-access.ts'
import { userRoles } from '../src/install/user-roles.ts'
import { webhookConfigurations } from '../src/install/webhooks.ts'

/** The objects of `dapr-shared manifests` without what a chart puts in: namespace, common labels, caBundle, selector. */

const ANYWHERE = { namespace: 'NAMESPACE', labels: {}, caPem: '' }

const Rendered = z.object({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  rules: z.unknown().optional(),
  spec: z.looseObject({ matchConstraints: z.looseObject({}).optional() }).optional(),
  webhooks: z
    .array(
      z.looseObject({
        name: z.string(),
        failurePolicy: z.string(),
        clientConfig: z.object({ service: z.looseObject({ path: z.string() }) }).loose(),
      }),
    )
    .optional(),
})
const parse = (objects: readonly object[]) => objects.map((object) => Rendered.parse(object))

/** The webhooks by configuration: all that there may be, and what `validate` is asked about beside the backstop. */
export function webhooksForChart(): object {
  const render = (flags: { readonly backstop: boolean }) => {
    const [mutating, validating] = parse(webhookConfigurations({ ...ANYWHERE, protect: true, ...flags }))
    return { mutating: mutating?.webhooks ?? [], validating: validating?.webhooks ?? [] }
  }
  const { mutating, validating } = render({ backstop: false })
  const beside = render({ backstop: true }).validating
  return {
    mutating: mutating.map(withoutPlace),
    validating: validating.map(withoutPlace),
    rulesBesideBackstop: Object.fromEntries(
      beside.flatMap(({ name, rules }, index) =>
        JSON.stringify(rules) === JSON.stringify(validating[index]?.['rules']) ? [] : [[name, rules]],
      ),
    ),
  }
}

type Webhook = NonNullable<z.infer<typeof Rendered>['webhooks']>[number]

function withoutPlace(webhook: Webhook): object {
  const { clientConfig, ...rest } = webhook
  delete rest['namespaceSelector']
  return { ...rest, path: clientConfig.service.path }
}

/** The ValidatingAdmissionPolicies and their bindings. */
export function policiesForChart(): object {
  const render = (objects: readonly object[]): object[] =>
    parse(objects).map(({ kind, metadata: { name }, spec = {} }) => {
      const { matchConstraints, ...rest } = spec
      if (matchConstraints === undefined) return { kind, name, spec: rest }
      const constraints = { ...matchConstraints }
      delete constraints['namespaceSelector']
      return { kind, name, spec: { ...rest, matchConstraints: constraints } }
    })
  return { labelGuard: render(labelGuard(ANYWHERE)), backstop: render(backstop(ANYWHERE)) }
}

/** ClusterRoles: those for people, and those that the review API brings. */
export function rolesForChart(): object {
  const render = (objects: readonly object[]): object[] =>
    parse(objects)
      .filter(({ kind }) => kind === 'ClusterRole')
      .map(({ metadata: { name, labels }, rules }) => ({ name, labels, rules }))
  return { people: render(userRoles({})), reviewApi: render(reviewApiAccess(ANYWHERE)) }
}
