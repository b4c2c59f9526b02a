import { createServer, type IncomingMessage } from 'node:http'
import { answerOf, writtenOf } from './cluster.ts'
import type { Fleet } from './fleet.ts'

// A process that answers reads, watches and the few writes of the program as an API server with a generated fleet would.

const fleet = JSON.parse(process.argv[2] ?? '{}') as Fleet

const server = createServer((request, response) => {
  const { method, url = '/', headers } = request
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  response.setHeader('content-type', 'application/json')
  if (searchParams.get('watch') === 'true') return response.flushHeaders()
  if (method !== 'GET') {
    return void bodyOf(request).then((body) => response.end(JSON.stringify(writtenOf(pathname, body))))
  }
  const metadataOnly = headers.accept?.includes('PartialObjectMetadataList') ?? false
  const answer = answerOf(fleet, pathname, searchParams, metadataOnly)
  if (answer !== undefined) return response.end(JSON.stringify(answer))
  response.statusCode = 404
  return response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
