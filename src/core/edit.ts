import type { ContainerList, EnvVar } from './pod.ts'

/** One change to the pod. Indices are those of the pod as it came; json-patch.ts minds the shifts. */
export type Edit =
  | {
      readonly kind: 'insert-env'
      readonly list: ContainerList
      readonly index: number
      readonly variables: readonly EnvVar[]
    }
  | {
      readonly kind: 'fill-env'
      readonly list: ContainerList
      readonly index: number
      readonly at: number
      readonly variable: EnvVar
    }
  /** puts another variable of the same name in the place of one */
  | {
      readonly kind: 'replace-env'
      readonly list: ContainerList
      readonly index: number
      readonly at: number
      readonly variable: EnvVar
    }
  | { readonly kind: 'remove-env'; readonly list: ContainerList; readonly index: number; readonly at: number }
  | { readonly kind: 'annotate'; readonly key: string; readonly value: string }
  | { readonly kind: 'label'; readonly key: string; readonly value: string }
