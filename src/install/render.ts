import { stringify } from 'yaml'
import { ownLabels } from './names.ts'
import { labelGuard, webhookConfigurations } from './webhooks.ts'
import { accessObjects, namespaceObject, serviceObjects, type WorkloadOptions } from './workload.ts'

export type InstallOptions = Omit<WorkloadOptions, 'labels'> & { readonly version: string }

/**
 * Everything that an installation is, in the order of `kubectl apply`: the service before the webhook configurations
 * that make the API server call it.
 */
export function installObjects({ version, ...options }: InstallOptions): object[] {
  const withLabels = { ...options, labels: ownLabels(version) }
  return [
    namespaceObject(withLabels),
    ...accessObjects(withLabels),
    ...serviceObjects(withLabels),
    ...labelGuard(withLabels),
    ...webhookConfigurations({ ...withLabels, caPem: options.certificate.caPem }),
  ]
}

/** Objects as a YAML stream. */
export function toYamlStream(objects: readonly object[]): string {
  return objects
    .map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })}`)
    .join('')
}
