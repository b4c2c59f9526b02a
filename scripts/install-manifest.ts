import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { VERSION } from '../src/config/version.ts'
import { SERVICE_NAMESPACE } from '../src/core/vocabulary.ts'
import { ownLabels } from '../src/install/names.ts'
import { toYamlStream } from '../src/install/render.ts'
import { namespaceObject } from '../src/install/workload.ts'
import { CHART } from './chart-files.ts'

/** For those who have no Helm, from the root of the checkout. */
export const INSTALL_MANIFEST = 'deploy/install.yaml'

const ROOT = join(import.meta.dirname, '..')
const HEAD = `# Everything that an installation needs: kubectl apply --server-side -f install.yaml
# FIRST put your image in place of the one here, in this file (docs/install.md): no registry has it. As long as it cannot be
# pulled, pods that ask for an instance are refused.
# Written from the chart by npm run chart: helm template with its default values, and the namespace.
`

/**
 * The text of deploy/install.yaml.
 *
 * @param helm path of the program
 */
export async function installManifest(helm: string): Promise<string> {
  const args = ['template', 'dapr-shared', join(ROOT, CHART), '--namespace', SERVICE_NAMESPACE, '--no-hooks']
  const { stdout } = await promisify(execFile)(helm, args, { maxBuffer: 64 << 20 })
  const namespace = namespaceObject({ namespace: SERVICE_NAMESPACE, labels: ownLabels(VERSION) })
  // where each came from, matters to who reads the chart
  const objects = stdout.replaceAll(/^# Source: .*\n/gm, '')
  return HEAD + toYamlStream([namespace]) + objects
}
