/**
 * A small language for what a person values and what the model says of it:
 *
 *   given('A: + -', 'B: - +', 'B > A when grieving', 'grieving matches').expect(act(1))
 *
 *   A: + - 0 .5        card A with one line; one support an option (+ is 1, - is -1); further lines behind "/"
 *   A (.4): + -        … of relevance .4 (otherwise 1)
 *   A when rain: + -   … that shows up in context "rain"
 *   B > A              B is wiser than A everywhere; "when C": in context C; "dropping A.1": A's first line is given up there
 *   C matches .8       the situation is a case of context C (1 without a number; contexts that are not said to match do not)
 *   C within D         C is a special case of D
 *   C is D             C was merged into D
 *   stand for A when C a commitment; "on 5" is its date
 *   norm N (.5): + -   a norm of strength .5 (otherwise 1), and how the options keep it
 *   A is a draft       also: instrumental, retired, suggested (by a model), imported
 */
import { expect } from 'vitest'
import type { Decision } from '../../shared/decision/certificate.ts'
import { decide, type Question } from '../../shared/decision/decide.ts'
import { fromLists } from '../../shared/graph.ts'
import {
  CardId, CommitmentId, ContextId, NormId, PolicyId,
  type AskReason, type Calibration, type Card, type Commitment, type Context, type Edge, type Evidence, type Graph, type Norm, type Outcome
} from '../../shared/schema.ts'
import { verify } from '../../shared/decision/verify.ts'

/** In the shape of a shipped calibration: small differences are settled by weights, strong pulls apart ask. */
export const plainCalibration: Calibration = {
  name: 'plain', source: 'shipped', relevanceFloor: 0.2, contextFloor: 0.5, supportFloor: 0.05, margin: 0.1, pull: 0.5, undercutFloor: 0, normWeight: 1,
  temperature: 0.2, quantile: 0.5, alpha: 0.1, answers: 0
}

export const model = { name: 'said by the test', sha256: '0'.repeat(64) }
export const you = { kind: 'you' } as const

export function act(option: number): Outcome {
  return { kind: 'act', option }
}

export function ask(reason: AskReason): Outcome {
  return { kind: 'ask', reason }
}

export interface Given {
  readonly graph: Graph
  readonly scenario: Question
  readonly evidence: Evidence
  readonly calibration: Calibration
  with(calibration: Partial<Calibration>): Given
  decide(): Decision
  /** The outcome, and that the independent checker agrees. */
  expect(outcome: Outcome): Decision
}

export function given(...statements: readonly string[]): Given {
  const world = new World()
  for (const statement of statements) world.read(statement.trim())
  return world.finish(plainCalibration)
}

class World {
  readonly cards = new Map<string, Card>()
  readonly contexts = new Map<string, Context>()
  readonly edges: Edge[] = []
  readonly norms: Norm[] = []
  readonly commitments: Commitment[] = []
  readonly evidence: { model: Evidence['model']; relevance: Record<string, number>; contexts: Record<string, number>; support: Record<string, number[]>; norms: Record<string, number[]> } = { model, relevance: {}, contexts: {}, support: {}, norms: {} }
  options = 2

  read(statement: string): void {
    const rules: readonly [RegExp, (...groups: string[]) => void][] = [
      [/^norm (\w+)(?: \(([\d.]+)\))?: (.+)$/u, (name, strength, row) => this.norm(name ?? '', Number(strength ?? 1), row ?? '')],
      [/^stand for (\w+) when (\w+)(?: on (\d+))?$/u, (card, context, day) => this.commit(card ?? '', context ?? '', Number(day ?? 0))],
      [/^(\w+)(?: \(([\d.]+)\))?(?: when ([\w, ]+))?: ?(.*)$/u, (name, relevance, contexts, lines) => this.card(name ?? '', Number(relevance ?? 1), contexts ?? '', lines ?? '')],
      [/^(\w+) > (\w+)(?: when (\w+))?(?: dropping ([\w.]+))?$/u, (wiser, than, context, dropped) => this.edge(wiser ?? '', than ?? '', context ?? '', dropped)],
      [/^(\w+) matches(?: ([\d.]+))?$/u, (context, match) => void (this.evidence.contexts[this.context(context ?? '').id] = Number(match ?? 1))],
      [/^(\w+) within (\w+)$/u, (narrow, wide) => void this.context(narrow ?? '').within.push(this.context(wide ?? '').id)],
      [/^(\w+) is (?:a )?(draft|retired|instrumental|suggested|imported)$/u, (name, what) => this.change(name ?? '', what ?? '')],
      [/^(\w+) is (\w+)$/u, (name, into) => void (this.context(name ?? '').synonymOf = this.context(into ?? '').id)]
    ]
    for (const [pattern, apply] of rules) {
      const found = pattern.exec(statement)
      if (found !== null) return apply(...(found.slice(1) as string[]))
    }
    throw new Error(`not a statement of this language: ${statement}`)
  }

  context(name: string): Context {
    const known = this.contexts.get(name)
    if (known !== undefined) return known
    const made: Context = { id: ContextId.parse(name === '' ? 'everywhere' : name), text: name === '' ? '' : `when ${name}`, within: [], synonymOf: null }
    this.contexts.set(name, made)
    return made
  }

  card(name: string, relevance: number, contexts: string, lines: string): void {
    const rows = lines.split('/').filter((row) => row.trim() !== '').map((row) => this.row(row))
    const policies = rows.map((row, at) => {
      const id = PolicyId.parse(`${name}.${at + 1}`)
      this.evidence.support[id] = row
      return { id, text: `line ${at + 1} of ${name}`, author: you }
    })
    this.evidence.relevance[name] = relevance
    this.cards.set(name, {
      id: CardId.parse(name), title: name, story: '', obstacles: '', policies, contexts: contexts.split(',').map((one) => one.trim()).filter((one) => one !== '').map((one) => this.context(one).id),
      status: 'endorsed', kind: 'unclear', author: you, createdAt: 0, updatedAt: 0
    })
  }

  edge(wiser: string, than: string, context: string, dropped: string | undefined): void {
    this.edges.push({
      from: CardId.parse(than), to: CardId.parse(wiser), context: this.context(context).id, reallyAbout: '', confused: '', story: '', createdAt: this.edges.length,
      mapping: dropped === undefined ? [] : [{ policy: PolicyId.parse(dropped), becomes: null, because: 'it was fear' }]
    })
  }

  norm(name: string, strength: number, row: string): void {
    this.evidence.norms[name] = this.row(row)
    this.norms.push({ id: NormId.parse(name), text: `the norm ${name}`, force: 'obligation', holder: '', purpose: '', exceptions: '', strength, intrinsic: true, inForce: 1 })
  }

  commit(card: string, context: string, day: number): void {
    const id = CommitmentId.parse(`${card}-${this.commitments.length}`)
    this.commitments.push({ id, context: this.context(context).id, card: CardId.parse(card), reason: '', createdAt: day, expiresAt: null, revokedAt: null })
  }

  change(name: string, what: string): void {
    const card = this.cards.get(name)
    if (card === undefined) throw new Error(`no card ${name} yet`)
    if (what === 'draft' || what === 'retired') card.status = what
    if (what === 'instrumental') card.kind = what
    if (what === 'suggested') card.policies = card.policies.map((policy) => ({ ...policy, author: { kind: 'model', name: 'm', acceptedAt: null } }))
    if (what === 'imported') card.author = { kind: 'import', source: 'a file', confirmedAt: null }
  }

  row(written: string): number[] {
    const row = written.trim().split(/\s+/u).map((word) => (word === '+' ? 1 : word === '-' ? -1 : Number(word)))
    this.options = row.length
    return row
  }

  finish(calibration: Calibration): Given {
    const graph = fromLists({ cards: [...this.cards.values()], contexts: [...this.contexts.values()], edges: this.edges, norms: this.norms, commitments: this.commitments })
    const scenario: Question = { domain: 'tests', mode: 'theory', situation: 'Something happens.', options: Array.from({ length: this.options }, (_, at) => `option ${at}`) }
    return finished(graph, scenario, this.evidence, calibration)
  }
}

function finished(graph: Graph, scenario: Question, evidence: Evidence, calibration: Calibration): Given {
  const run = (): Decision => decide(graph, scenario, evidence, calibration)
  return {
    graph, scenario, evidence, calibration,
    with: (changes) => finished(graph, scenario, evidence, { ...calibration, ...changes }),
    decide: run,
    expect(outcome) {
      const decision = run()
      expect(decision.outcome).toEqual(outcome)
      expect(verify(JSON.parse(JSON.stringify(decision.certificate)), graph)).toEqual({ ok: true, value: { outcome, digest: decision.certificate.digest } })
      return decision
    }
  }
}
