import { createServer } from 'node:http'
import { daemonSetOf, namespaceOf, serviceOf, type Fleet } from './fleet.ts'

// A process that answers lists and watches as an API server with a generated fleet would. Nothing ever changes in it.

const [instances = 0, namespaces = 1] = process.argv.slice(2).map(Number)
const fleet: Fleet = { instances, namespaces }

const resourceVersion = '1000000'

const RESOURCES: Readonly<Record<string, { kind: string; make: (index: number, fleet: Fleet) => object }>> = {
  daemonsets: { kind: 'DaemonSetList', make: daemonSetOf },
  services: { kind: 'ServiceList', make: serviceOf },
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  response.setHeader('content-type', 'application/json')
  if (searchParams.get('watch') === 'true') return response.flushHeaders()
  return response.end(JSON.stringify(listOf(pathname, searchParams)))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})

/** One page of a list; the token that continues it is the index of its first object. */
function listOf(pathname: string, query: URLSearchParams): object {
  const resource = RESOURCES[pathname.slice(pathname.lastIndexOf('/') + 1)]
  if (resource === undefined)
    return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion }, items: [] }
  const only = /\/namespaces\/([^/]+)\//.exec(pathname)?.[1]
  const limit = Number(query.get('limit') ?? Infinity)
  const items: object[] = []
  let index = Number(query.get('continue') ?? 0)
  for (; index < fleet.instances && items.length < limit; index++) {
    if (only === undefined || only === namespaceOf(index, fleet)) items.push(resource.make(index, fleet))
  }
  const rest = index < fleet.instances ? { continue: String(index) } : {}
  return { kind: resource.kind, apiVersion: 'v1', metadata: { resourceVersion, ...rest }, items }
}
