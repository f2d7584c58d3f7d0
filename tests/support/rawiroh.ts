/** iroh alone, for comparison: `receive BYTES` prints its key and port, `send BYTES HOST KEY:PORT` prints the milliseconds until all had come. */
import { Endpoint, EndpointAddr, EndpointId, presetMinimal, RelayMode } from '@number0/iroh'

const protocol = [...Buffer.from('raw')]
const piece = 64 * 1024
const [task, size, host, ticket = ''] = process.argv.slice(2)
const bytes = Number(size)
const builder = Endpoint.builder()
presetMinimal(builder)
builder.relayMode(RelayMode.disabled())
builder.alpns([protocol])
const endpoint = await builder.bind()

if (task === 'receive') {
  process.stdout.write(`${endpoint.id().toString()}:${endpoint.boundSockets()[0]?.split(':').at(-1)}\n`)
  const incoming = await endpoint.acceptNext()
  const connection = await (await incoming?.accept())?.connect()
  const { send, recv } = (await connection?.acceptBi()) ?? {}
  for (let left = bytes; left > 0 && recv !== undefined; ) left -= (await recv.read(piece)).length
  await send?.writeAll([1])
  await connection?.closed()
} else {
  const [key = '', port] = ticket.split(':')
  const connection = await endpoint.connect(new EndpointAddr(EndpointId.fromString(key), null, [`${host}:${port}`]), protocol)
  const { send, recv } = await connection.openBi()
  const started = performance.now()
  for (let left = bytes; left > 0; left -= piece) {
    const numbers: number[] = []
    for (let at = 0; at < Math.min(piece, left); at += 1) numbers.push((at * 7) & 0xff)
    await send.writeAll(numbers)
  }
  await recv.readExact(1)
  process.stdout.write(`${performance.now() - started}\n`)
  connection.close(0n, [])
}
/* The binding ends an endpoint, with all that goes through it, once nothing holds it any more: it is needed down to here. */
await endpoint.close()
process.exit(0)
