import type { Manifest } from '../state/manifest.ts'

export const SUITE_API_VERSION = 'test.shared.dapr.io/v1alpha1'
export const SUITE_KIND = 'Suite'

/** Whether an object is a suite of tests, of whichever version. */
export function isSuite({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
  return kind === SUITE_KIND && apiVersion.split('/')[0] === SUITE_API_VERSION.split('/')[0]
}
