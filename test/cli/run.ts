import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runProgram } from '../../src/cli/program.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** What a command line gets besides its arguments. */
interface Given {
  readonly stdin?: string
  readonly chunks?: () => AsyncIterable<Uint8Array>
  readonly env?: NodeJS.ProcessEnv
}

/** Runs one command line in this process, in a folder of its own with the given files. */
export async function run(
  args: readonly string[],
  { files = {}, ...given }: Given & { files?: Readonly<Record<string, string | Uint8Array>> } = {},
): Promise<Ran> {
  const cwd = await mkdtemp(join(tmpdir(), 'dapr-shared-cli-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(cwd, name)), { recursive: true })
      await writeFile(join(cwd, name), text)
    }
    return await runIn(cwd, args, given)
  } finally {
    await rm(cwd, { recursive: true })
  }
}

/** Runs one command line in this process, in a folder that is there. */
export async function runIn(
  cwd: string,
  args: readonly string[],
  { stdin = '', chunks, env = {} }: Given = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  const code = await runProgram(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    readStdin: async () => stdin,
    streamStdin: chunks,
    env,
    cwd,
    colour: false,
  })
  return { code, out, err }
}

/** An instance as the chart makes it: DaemonSet and Service. */
export function instance(appId: string, namespace = 'shop'): string {
  return `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${appId}, namespace: ${namespace}, labels: {shared.dapr.io/instance: "true"}}
spec:
  template:
    metadata: {labels: {app: ${appId}-daprd}}
    spec: {containers: [{name: daprd, image: "daprd:1.15.7", args: ["--app-id=${appId}"]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${appId}-dapr, namespace: ${namespace}}
spec: {selector: {app: ${appId}-daprd}, ports: [{port: 3500}, {name: grpc, port: 50001}]}
`
}

/** A pod that asks for an instance. */
export function pod(appId: string, { name = 'app', namespace = 'shop' } = {}): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, annotations: {dapr.io/shared: ${appId}}}
spec: {containers: [{name: app, image: app}]}
`
}
