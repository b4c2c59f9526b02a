import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

// The reference: a bare node:https server that reads each body to its end, looks at nothing, and answers with as many
// bytes as the path says. Below /parse it parses the body, too: no webhook can do with less.

const [cert = '', key = ''] = process.argv.slice(2)
const answers = new Map<string, Buffer>()

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] },
  (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url = '' } = request
      if (url.startsWith('/parse/')) JSON.parse(Buffer.concat(chunks).toString())
      const answer = answerOf(url)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
      response.end(answer)
    })
  },
)
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`)
})

function answerOf(path: string): Buffer {
  const known = answers.get(path)
  if (known !== undefined) return known
  const made = Buffer.alloc(Number(path.slice(path.lastIndexOf('/') + 1)) || 0, 'x')
  answers.set(path, made)
  return made
}
