import { GROUP } from '../policy/kinds.ts'
import { isProblems, readResource } from '../policy/read-resource.ts'
import { fieldOf, type Manifest } from '../state/manifest.ts'
import { isOurs } from './make-view.ts'
import type { Problem } from './problem.ts'

/** All that the API server would have against a resource, not only the first of it. */
export function schemaProblems(manifest: Manifest): Problem[] {
  if (!isOurs(manifest)) return []
  const reading = readResource(manifest.object)
  if (!isProblems(reading)) return []
  return reading.map(({ path, message }) => ({
    check: 'schema',
    manifest,
    path,
    message: `${path.length === 0 ? 'the object' : fieldOf(path)}: ${message}${message.endsWith('?') ? '' : '.'}`,
    cure: cureOf(manifest, path),
  }))
}

function cureOf({ kind }: Manifest, path: Problem['path']): string {
  return path[0] === 'kind' || path[0] === 'apiVersion'
    ? `kubectl api-resources --api-group=${GROUP} lists the kinds.`
    : `kubectl explain ${kind.toLowerCase()}${explained(path)} tells what may stand there.`
}

/** The nearest part that is certainly there: an unknown field explains nothing. */
function explained(path: Problem['path']): string {
  return path[0] === 'spec' ? '.spec' : ''
}
