import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import type { TestCluster } from '../../cluster/attach.ts'
import type { RenderedInstall } from './installation.ts'
import { storedPod, type StoredPod } from './pods.ts'

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace'
  readonly path: string
  readonly value?: unknown
}

export interface ForeignWebhook extends AsyncDisposable {
  /** How often it was asked. */
  readonly calls: number
}

export interface ForeignWebhookOptions {
  /** The API server calls webhooks in the order of these. */
  readonly name: string
  readonly namespace: string
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded'
  readonly mutate: (pod: StoredPod) => readonly JsonPatchOperation[]
}

const reviewOfPod = z.object({ request: z.object({ uid: z.string(), object: storedPod }) })
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** A mutating webhook of somebody else, for the pods of one namespace, in this process. */
export async function startForeignWebhook(
  cluster: TestCluster,
  { certFile, keyFile, caPem }: RenderedInstall,
  { name, namespace, reinvocationPolicy = 'Never', mutate }: ForeignWebhookOptions,
): Promise<ForeignWebhook> {
  let calls = 0
  const answer = async (request: IncomingMessage): Promise<string> => {
    const { uid, object } = reviewOfPod.parse(await json(request)).request
    calls += 1
    const patch = Buffer.from(JSON.stringify(mutate(object))).toString('base64')
    return JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true, patchType: 'JSONPatch', patch },
    })
  }
  const server = createServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    (request, response) => {
      answer(request).then(
        (body) => response.setHeader('content-type', 'application/json').end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const { status, body } = await cluster.request('POST', CONFIGURATIONS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy,
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(caPem).toString('base64') },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  })
  if (status !== 201) throw new Error(`${name}: ${JSON.stringify(body)}`)
  return {
    get calls() {
      return calls
    },
    async [Symbol.asyncDispose]() {
      await cluster.request('DELETE', `${CONFIGURATIONS}/${name}`)
      server.close()
      server.closeAllConnections()
    },
  }
}
