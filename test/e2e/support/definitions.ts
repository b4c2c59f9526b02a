import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CRD_FOLDER } from '../../../src/policy/crd-files.ts'

/** Where the API has CustomResourceDefinitions. */
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const folder = resolve(import.meta.dirname, '../../..', CRD_FOLDER)

/** The definitions of our own kinds, as they are in the folder that users apply: a YAML stream. */
export const OWN_DEFINITIONS = readdirSync(folder)
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('---\n')

/** Knative Services, without Knative. */
export const KNATIVE_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'services.serving.knative.dev' },
  spec: {
    group: 'serving.knative.dev',
    names: { kind: 'Service', plural: 'services' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        // as Knative's was for years: whatever is written stays
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as const
