import { expect, test } from 'vitest'
import { fenceClient, LeaseLost } from '../../src/kube/lease-term.ts'
import { LeaseServer } from './lease-server.ts'

function term() {
  const stop = new AbortController()
  const server = new LeaseServer()
  let isHeld = true
  const client = fenceClient(server, { signal: stop.signal, isHeld: () => isHeld })
  return { stop, server, client, lose: () => void (isHeld = false) }
}

const lease = { metadata: { name: 'a' }, spec: {} }

test('while the Lease is held, writes go through', async () => {
  const { client, server } = term()
  await client.send('PATCH', '/a', lease)
  expect(server.lease).toBeDefined()
})

test('a Lease that was lost without a signal, as to a process that stood still: nothing is sent', async () => {
  const { client, server, lose } = term()
  lose()
  await expect(client.send('PATCH', '/a', lease)).rejects.toThrow(LeaseLost)
  await expect(client.post('/a', lease)).rejects.toThrow(
    'POST /a was not sent: the Lease is not held any more',
  )
  expect(server.lease).toBeUndefined()
  await expect(client.get('/a')).rejects.toThrow('no lease')
})

test('the end of the term breaks off what is under way', async () => {
  const { client, server, stop } = term()
  server.isSilent = true
  const writing = client.send('PATCH', '/a', lease, { signal: new AbortController().signal })
  stop.abort(new Error('the lease was taken'))
  await expect(writing).rejects.toThrow('the lease was taken')
})
