import { ApiError } from '../../src/kube/call-errors.ts'
import type { KubeClient, SendOptions } from '../../src/kube/kube-client.ts'
import { readFields } from '../../src/kube/read-fields.ts'

/** An API server with one Lease, which refuses an update of a version that is not the newest. */
export class LeaseServer implements KubeClient {
  readonly server = 'memory'
  lease: Readonly<Record<string, unknown>> | undefined
  /** what is thrown instead of any answer, while it is set */
  failure: Error | undefined
  /** does not answer at all, while it is set */
  isSilent = false
  #version = 0

  get holder(): unknown {
    return readFields(this.lease?.['spec'])['holderIdentity']
  }

  get transitions(): unknown {
    return readFields(this.lease?.['spec'])['leaseTransitions']
  }

  get: KubeClient['get'] = async (_, options = {}) => {
    await this.#turn(options)
    if (this.lease === undefined) throw new ApiError({ status: 404, reason: 'NotFound', message: 'no lease' })
    return structuredClone(this.lease)
  }

  send: KubeClient['send'] = async (method, _, body, options = {}) => {
    await this.#turn(options)
    const { resourceVersion } = readFields(readFields(body)['metadata'])
    const present = readFields(this.lease?.['metadata'])['resourceVersion']
    // an apply of nothing new changes nothing, and makes what is not there
    if (method === 'PATCH' && this.lease !== undefined) return structuredClone(this.lease)
    if (method === 'PUT' && (present === undefined || resourceVersion !== present))
      throw new ApiError({ status: 409, reason: 'Conflict', message: 'another was faster' })
    this.#version += 1
    const { metadata, spec } = readFields(body)
    this.lease = {
      metadata: { ...readFields(metadata), resourceVersion: String(this.#version) },
      spec: structuredClone(spec),
    }
    return structuredClone(this.lease)
  }

  post: KubeClient['post'] = (path, body, options) => this.send('POST', path, body, options)

  watch(): Promise<never> {
    return Promise.reject(new Error('one lease only'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // there is no connection to close
  }

  async #turn({ signal }: SendOptions): Promise<void> {
    await Promise.resolve()
    signal?.throwIfAborted()
    if (this.failure) throw this.failure
    if (this.isSilent)
      await new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      )
  }
}
