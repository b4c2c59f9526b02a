import { z } from 'zod'
import type { RenderedObject } from './chart-helm.ts'

const Selected = z.object({
  namespaceSelector: z.object({
    matchExpressions: z.tuple([z.looseObject({ values: z.array(z.string()) })]),
  }),
})
const Configuration = z.object({ webhooks: z.array(Selected) })
const AdmissionPolicy = z.object({ spec: z.object({ matchConstraints: Selected }) })

/** The one expression by which each webhook and each ValidatingAdmissionPolicy chooses namespaces. */
export function namespaceSelectorsOf(objects: readonly RenderedObject[]) {
  return objects
    .flatMap(({ object }) => [
      ...(Configuration.safeParse(object).data?.webhooks ?? []),
      ...[AdmissionPolicy.safeParse(object).data?.spec.matchConstraints ?? []].flat(),
    ])
    .map(({ namespaceSelector }) => namespaceSelector.matchExpressions)
}

const Workload = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({ args: z.tuple([z.literal('serve'), z.literal('--cluster')]).rest(z.string()) }),
        ]),
      }),
    }),
  }),
})

/** What the Deployment gives to `serve --cluster`: `--name value` and `--name=value`, by name. */
export function serveFlagsOf(objects: readonly RenderedObject[]): Record<string, string> {
  const deployment = objects.map(({ object }) => Workload.safeParse(object).data).find(Boolean)
  if (deployment === undefined) throw new Error('there is no Deployment that runs serve --cluster')
  const [{ args }] = deployment.spec.template.spec.containers
  const words = args.slice(2).flatMap((arg) => (arg.startsWith('--') ? arg.split(/=(.*)/s, 2) : [arg]))
  return Object.fromEntries(
    words.flatMap((word, index) =>
      index % 2 === 0 ? [[word.replace(/^--/, ''), words[index + 1] ?? ''] as const] : [],
    ),
  )
}
