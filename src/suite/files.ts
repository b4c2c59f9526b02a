import type { Manifest } from '../state/manifest.ts'

/** What suites read. Paths are as a suite has them: from the folder of the suite, which is given as the user named it. */
export interface Files {
  /**
   * The manifests of a file, or of a folder.
   *
   * @returns undefined where there is none
   * @throws ManifestError for what is no manifest
   */
  readonly manifests: (path: string, suite: string) => Promise<readonly Manifest[] | undefined>
  /** the paths that fit a glob, in order */
  readonly find: (pattern: string, suite: string) => Promise<readonly string[]>
  /** undefined where there is none */
  readonly text: (path: string, suite: string) => Promise<string | undefined>
  /** the path from where the user is */
  readonly shown: (path: string, suite: string) => string
}
