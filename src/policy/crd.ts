import { NAME } from '../install/names.ts'
import { GROUP, KINDS, RESOURCE_KINDS, VERSION, type ResourceKind } from './kinds.ts'
import { PRINTER_COLUMNS } from './printer-columns.ts'
import { RESOURCE_SCHEMAS } from './schema/resources.ts'
import { structuralSchema, type StructuralSchema } from './structural-schema.ts'

/** A CustomResourceDefinition, ready for `kubectl apply`. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly group: string
    readonly scope: 'Cluster' | 'Namespaced'
    readonly names: Readonly<Record<'kind' | 'listKind' | 'plural' | 'singular', string>> & {
      readonly shortNames: readonly string[]
      readonly categories: readonly string[]
    }
    readonly versions: readonly [
      {
        readonly name: string
        readonly schema: { readonly openAPIV3Schema: StructuralSchema }
        readonly [more: string]: unknown
      },
    ]
  }
}

/** All our kinds, for `manifests` and deploy/crd. */
export function customResourceDefinitions(): CustomResourceDefinition[] {
  return RESOURCE_KINDS.map(customResourceDefinition)
}

function customResourceDefinition(kind: ResourceKind): CustomResourceDefinition {
  const { plural, shortName, scope } = KINDS[kind]
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    // without the version that our other objects carry: the files in deploy/crd change only when a schema does
    metadata: {
      name: `${plural}.${GROUP}`,
      labels: { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'dapr-shared' },
    },
    spec: {
      group: GROUP,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['dapr', 'dapr-shared'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: PRINTER_COLUMNS[kind],
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  }
}

/** That apiVersion, kind and metadata are there, the API server sees to itself. */
function rootSchema(kind: ResourceKind): StructuralSchema {
  return { ...structuralSchema(RESOURCE_SCHEMAS[kind]), required: ['spec'] }
}
