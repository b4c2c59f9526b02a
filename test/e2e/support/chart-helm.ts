import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { findAssets } from '../../cluster/assets.ts'

export const ROOT = resolve(import.meta.dirname, '../../..')
export const CHART = join(ROOT, 'deploy/chart')
/** Kinds of others that the chart makes objects of where they are there. */
export const FOREIGN_APIS = ['cert-manager.io/v1', 'monitoring.coreos.com/v1'].flatMap((api) => [
  '--api-versions',
  api,
])

export interface HelmResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Helm {
  readonly program: string
  /** Any exit code is an answer. */
  run(args: readonly string[], kubeconfig?: string): Promise<HelmResult>
  /** @throws Error with what Helm said, when it fails */
  output(args: readonly string[], kubeconfig?: string): Promise<string>
  [Symbol.dispose](): void
}

/** Helm, with a home of its own; or why there is none, which under CI=true is a failure. */
export async function findHelm(): Promise<Helm | string> {
  const result = await findAssets(['helm'])
  if (result.found) return helmAt(result.assets.programs.helm)
  if (process.env['CI'] === 'true') throw new Error(`no helm: ${result.reason}`)
  return result.reason
}

function helmAt(program: string): Helm {
  const home = mkdtempSync(join(tmpdir(), 'dapr-shared-helm-'))
  const run: Helm['run'] = (args, kubeconfig) => {
    const env = { HOME: home, PATH: process.env['PATH'], ...(kubeconfig && { KUBECONFIG: kubeconfig }) }
    const { promise, resolve: done } = Promise.withResolvers<HelmResult>()
    const child = execFile(program, args, { env, maxBuffer: 64 << 20 }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? 1, stdout, stderr }),
    )
    return promise
  }
  return {
    program,
    run,
    async output(args, kubeconfig) {
      const { code, stdout, stderr } = await run(args, kubeconfig)
      if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`)
      return stdout
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  }
}

/** A rendered object: its key, what identifies it, itself, and its text. */
export interface RenderedObject {
  readonly key: string
  readonly object: unknown
  readonly text: string
}

const Identity = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})

/** The objects that `helm template` prints. */
export function renderedObjects(yaml: string): RenderedObject[] {
  return yaml
    .split(/^---$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const [document] = parseAllDocuments(text)
      const object: unknown = document?.toJS()
      const { kind, metadata } = Identity.parse(object)
      const place = metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`
      return { key: `${kind} ${metadata.name}${place}`, object, text: text.trim() }
    })
}
