/** What is kept of an answer of the agent, taken from its certificate: enough to say later whether it would still be so. */
import { hashOf, type Certificate } from './certificate.ts'
import { rulesDigest } from './conformal.ts'
import { digestOfGraph, versionOf, type AgentAnswer } from '../rehearsal.ts'
import type { Evidence, Graph } from '../schema.ts'

/** `graph` and `evidence` are what the certificate was made from; `at` in ms; `modes` in action mode. */
export function agentAnswer(certificate: Certificate, graph: Graph, evidence: Evidence, at: number, modes: AgentAnswer['modes'] = null): AgentAnswer {
  const { inputs, derived } = certificate
  const { name, source } = inputs.calibration
  return {
    at, outcome: derived.outcome, probabilities: derived.probabilities, model: inputs.model, calibration: { name, source, digest: rulesDigest(inputs.calibration) },
    cited: citedIn(certificate, graph), voices: derived.scores.map(({ card, scores }) => ({ card, scores: [...scores] })), graph: digestOfGraph(graph), evidence: hashOf(evidence), certificate: certificate.digest, modes
  }
}

/** The cards whose lines spoke (all that bear, where none did), each with the version that was read. */
export function citedIn({ inputs, derived }: Certificate, graph: Graph): AgentAnswer['cited'] {
  const spoke = new Set(derived.arguments.map(({ card }) => card))
  const cited = inputs.cards.map(({ id }) => id).filter((id) => spoke.size === 0 || spoke.has(id))
  return cited.flatMap((card) => {
    const version = versionOf(graph, card)
    return version === null ? [] : [{ card, version }]
  })
}
