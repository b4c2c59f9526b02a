import { stringify } from 'yaml'
import { customResourceDefinitions } from './crd.ts'

/** Where the files lie, from the root of the checkout. */
export const CRD_FOLDER = 'deploy/crd'

/**
 * The files of deploy/crd by name, as the schemas would have them; `Off` in quotes, as kubectl reads YAML 1.1, where
 * it is a boolean.
 */
export function crdFiles(): ReadonlyMap<string, string> {
  return new Map(
    customResourceDefinitions().map((definition) => [
      `${definition.spec.group}_${definition.spec.names.plural}.yaml`,
      `# Written from src/policy/schema by npm run crds.\n${stringify(definition, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`,
    ]),
  )
}
