/** The thread in which other devices' edits are tried (gatekeeper.ts): nothing but the gate, and messages in order. */
import { parentPort, workerData } from 'node:worker_threads'
import { createGate } from '../../../shared/peer/gate/gate.ts'
import type { GateReply, GateRequest } from './gatekeeper.ts'

const gate = createGate((workerData as { readonly state: Uint8Array }).state)
parentPort?.postMessage({ id: 0 } satisfies GateReply)

parentPort?.on('message', (request: GateRequest) => {
  switch (request.kind) {
    case 'follow':
      gate.follow(request.update)
      break
    case 'judge':
      parentPort?.postMessage({ id: request.id, judgement: gate.judge(request.question) } satisfies GateReply)
      break
    case 'show':
      parentPort?.postMessage({ id: request.id, shown: gate.show(request.update) } satisfies GateReply)
      break
  }
})
