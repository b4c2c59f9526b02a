/**
 * An application as it might run in an injected container: it tells its SDK nothing of where Dapr is. The last line of
 * its output says what it got.
 */
import dns from 'node:dns'
import { CommunicationProtocolEnum, DaprClient, HttpMethod } from '@dapr/dapr'

// There is no cluster DNS here: its names lead to this host. All else would have to be looked up as usual.
const { lookup } = dns
dns.lookup = ((host: string, ...rest: [never, never]) =>
  lookup(host.endsWith('.svc.cluster.local') ? '127.0.0.1' : host, ...rest)) as typeof lookup

const overHttp = new DaprClient()
const overGrpc = new DaprClient({ communicationProtocol: CommunicationProtocolEnum.GRPC })
const invoked: unknown = await overHttp.invoker.invoke('order', 'ping', HttpMethod.GET)
const state = await overGrpc.state.get('store', 'key')
const dialled = (client: DaprClient): string => `${client.options.daprHost}:${client.options.daprPort}`
const result = { invoked, state, http: dialled(overHttp), grpc: dialled(overGrpc) }
await Promise.all([overHttp.stop(), overGrpc.stop()])
process.stdout.write(`\n${JSON.stringify(result)}\n`)
