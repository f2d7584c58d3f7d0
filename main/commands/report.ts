/**
 * An answer in words, for a person at a terminal: what would be done or why it would ask, how likely each option is, the
 * person's own lines that led there, and the smallest change that would turn it.
 *
 * Invariants: pure, the same answer gives the same text; a text of the person's stands on one line, in quotes.
 */
import { because, type Because } from '../../shared/decision/because.ts'
import type { Decision } from '../../shared/decision/certificate.ts'
import type { Change } from '../../shared/decision/change.ts'
import type { AskReason, CardId, EvidenceNote, Graph, PolicyId, Scenario } from '../../shared/schema.ts'
import { toHundred } from '../../shared/shares.ts'

/** Why it would ask, as the rest of "It would ask you, because …". */
export const askReasons: Readonly<Record<AskReason, string>> = {
  'no-card': 'none of your values bears on this situation',
  'on-a-par': 'your values leave the options on a par',
  'values-conflict': 'your values pull in different directions, and none is wiser here',
  'norm-conflict': 'what your values choose would break a rule',
  cycle: 'here your values are wiser than each other in a circle',
  'low-confidence': 'it is not sure enough of what your values say',
  'untrusted-domain': 'you have not yet come to trust it here'
}

export interface Reported {
  readonly decision: Decision
  readonly graph: Graph
  readonly scenario: Pick<Scenario, 'options'>
  readonly change: Change | null
  /** Of the evidence. */
  readonly notes?: readonly EvidenceNote[] | undefined
}

/** Several lines, the last one ended by a line feed. */
export function reportPreview({ decision, graph, scenario, change, notes = [] }: Reported): string {
  const { outcome } = decision
  const shares = toHundred(decision.probabilities)
  const reasons = because(decision).slice(0, 3).map((each) => `  ${reason(each)}`)
  return `${[
    outcome.kind === 'act' ? `It would choose: ${plain(scenario.options[outcome.option] ?? '')}` : `It would ask you, because ${askReasons[outcome.reason]}.`,
    '',
    ...scenario.options.map((option, index) => `  ${`${shares[index] ?? 0} %`.padStart(5)}  ${plain(option)}`),
    '',
    ...(notes.includes('not-english') ? ['This is not in English, or not all of it; the model reads it less well.', ''] : []),
    ...(reasons.length > 0 ? ['Because', ...reasons, ''] : []),
    'What would change it',
    `  ${change === null ? 'No single change that was tried.' : plain(sentence(change, graph, scenario))}`
  ].join('\n')}\n`
}

/** One sentence in the person's words: what would have to be different, and what it would do then. */
export function sentence(change: Change, graph: Graph, scenario: Pick<Scenario, 'options'>): string {
  const then = change.outcome.kind === 'act' ? `it would choose “${scenario.options[change.outcome.option] ?? ''}”` : `it would ask you, because ${askReasons[change.outcome.reason]}`
  const title = (id: CardId): string => `‘${graph.cards[id]?.title.trim() || graph.cards[id]?.policies[0]?.text || id}’`
  const line = (card: CardId, policy: PolicyId): string => `“${graph.cards[card]?.policies.find(({ id }) => id === policy)?.text ?? ''}”`
  switch (change.kind) {
    case 'drop-line':
      return `Without the line ${line(change.card, change.policy)} of ${title(change.card)}, ${then}.`
    case 'drop-card':
      return `Without ${title(change.card)}, ${then}.`
    case 'option-detail':
      return `If “${scenario.options[change.option] ?? ''}” made no difference to ${line(change.card, change.policy)}, ${then}.`
    case 'add-priority':
      return `If you held ${title(change.to)} wiser than ${title(change.from)}${change.context === null ? '' : placeWords(graph.contexts[change.context]?.text ?? '')}, ${then}.`
    case 'drop-priority': {
      const edge = graph.edges[change.edge]
      if (edge === undefined) return `Without one of your priorities, ${then}.`
      return `If you no longer held ${title(edge.to)} wiser than ${title(edge.from)}${placeWords(graph.contexts[edge.context]?.text ?? '')}, ${then}.`
    }
  }
}

/** The words of a context as the end of "B is wiser than A": ` when someone grieves`, ` in “my family”`; nothing for every situation. */
function placeWords(words: string): string {
  const said = words.trim()
  if (said === '') return ''
  return /^when\b/iu.test(said) ? ` when${said.slice(4)}` : ` in “${said}”`
}

function reason({ quote, title, direction, optionText, label, overruledBy }: Because): string {
  const line = `${quoted(quote)} (${plain(title)}) speaks ${direction} ${quoted(optionText)}`
  if (overruledBy !== null) return `${line}; ${quoted(overruledBy.title)} is wiser here`
  return label === 'undecided' ? `${line}; nothing settles it` : line
}

function quoted(text: string): string {
  return `“${plain(text)}”`
}

/** On one line. */
function plain(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}
