import { stringify } from 'yaml'
import { accessObjects } from './access.ts'
import { backstop } from './backstop.ts'
import { labelGuard } from './label-guard.ts'
import { ownLabels } from './names.ts'
import { userRoles } from './user-roles.ts'
import { reviewApiAccess } from './review-api-access.ts'
import { webhookConfigurations, type WebhookOptions } from './webhooks.ts'
import { namespaceObject, serviceObjects, type WorkloadOptions } from './workload.ts'

export type InstallOptions = Omit<WorkloadOptions, 'labels'> &
  Pick<WebhookOptions, 'protect' | 'backstop'> & {
    readonly version: string
    /** the CustomResourceDefinitions: handed in, as making them takes a library that other commands need not load */
    readonly definitions: readonly object[]
  }

/**
 * Everything that an installation is, in the order of `kubectl apply`: the kinds before who watches them, and the service
 * before the webhook configurations that make the API server call it.
 */
export function installObjects({ version, definitions, ...options }: InstallOptions): object[] {
  const withLabels = { ...options, labels: ownLabels(version) }
  return [
    ...definitions,
    namespaceObject(withLabels),
    ...accessObjects(withLabels),
    ...userRoles(withLabels.labels),
    ...(options.reviewApi ? reviewApiAccess(withLabels) : []),
    ...serviceObjects(withLabels),
    ...labelGuard(withLabels),
    ...(options.backstop ? backstop(withLabels) : []),
    ...webhookConfigurations({ ...withLabels, caPem: options.certificate.caPem }),
  ]
}

/** Objects as a YAML stream; `Off` and the like in quotes, as kubectl reads YAML 1.1, where they are booleans. */
export function toYamlStream(objects: readonly object[]): string {
  return objects
    .map(
      (object) => `---\n${stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
    .join('')
}
