/**
 * [M8] In this test's process every way to the network throws, as it does in the model's own; and the real weights are loaded
 * and answer in it.
 */
import dgram from 'node:dgram'
import dns from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { cosine, createEmbedder } from '../../models/embedder.ts'
import { builtIn, readWeights } from '../../models/manifest.ts'
import { refuseNetwork } from '../../models/offline.ts'
import { loadEncoder } from '../../models/runtime.ts'

refuseNetwork()

it.each<[string, () => unknown]>([
  ['fetch', () => fetch('http://127.0.0.1:9')],
  ['a socket', () => net.connect(9, '127.0.0.1')],
  ['a socket to a path', () => new net.Socket().connect('/nowhere')],
  ['a secure socket', () => tls.connect(9, '127.0.0.1')],
  ['http', () => http.get('http://127.0.0.1:9')],
  ['https', () => https.get('https://127.0.0.1:9')],
  ['a datagram', () => dgram.createSocket('udp4').send('x', 9, '127.0.0.1')],
  ['a name', () => dns.lookup('localhost', () => {})],
  ['a name, promised', () => dns.promises.lookup('localhost')],
  ['a WebSocket', () => new WebSocket('ws://127.0.0.1:9')],
  ['a server', () => net.createServer().listen(0)],
  ['putting fetch back', () => {
    globalThis.fetch = () => Promise.reject(new Error('put back'))
  }]
])('[M8] %s is refused', (_, attempt) => {
  expect(attempt).toThrow(/no network|read.only/iu)
})

it('[M8] the real model loads and answers all the same', async () => {
  const weights = await readWeights(fileURLToPath(new URL('../../models/', import.meta.url)), builtIn)
  if (!weights.ok) throw new Error(weights.error.message)
  const embedder = createEmbedder(await loadEncoder(weights.value.folder))
  const texts = ['a friend in need', 'somebody close who needs help', 'the price of copper']
  const found = await embedder.embed(texts, { isStopped: () => false, report: () => {} })
  const [friend, help, copper] = texts.map((text) => (found.ok ? found.value.get(text) : undefined))
  if (friend === undefined || help === undefined || copper === undefined) throw new Error('not embedded')
  expect(cosine(friend, help)).toBeGreaterThan(cosine(friend, copper) + 0.1)
})
