/**
 * A certificate told: at most three lines that say why, in the person's own words, and the whole argument as an outline.
 *
 * Invariants: says nothing that is not in the certificate; quotes are whole. Leaves out words:
 * each door says it in its own (main/commands/report.ts in English, the window in its language); `since` is in ms.
 */
import type { Certificate, CertifiedArgument, CertifiedCard, CertifiedPriority, Decision, Direction, Label } from './certificate.ts'
import type { AskReason, CardId, ContextId, PolicyId } from '../schema.ts'

/** One line of the person's own that bears on one option. */
export interface Because {
  readonly card: CardId
  readonly title: string
  readonly policy: PolicyId
  readonly quote: string
  /** Index of the option, and its words. */
  readonly option: number
  readonly optionText: string
  readonly direction: Direction
  readonly label: Label
  /** Why it is OUT: the card held wiser here, in which context (its words) and since when (ms); null fields where it follows from several, or no date is known (a file's). */
  readonly overruledBy: Overruler | null
}

export interface Overruler {
  readonly card: CardId
  readonly title: string
  readonly context: string | null
  readonly since: number | null
}

/** A line of the outline: what it says, for the door that shows it to word; `depth` is how far it is set in. */
export interface OutlineLine {
  readonly depth: number
  readonly says: OutlineSays
  readonly label: Label | null
}

/** Shares from 0 to 1; `context` is the words of one, null for every situation. Kinds that end in `heading` stand over what follows. */
export type OutlineSays =
  | { readonly kind: 'cards-heading' | 'no-cards' | 'contexts-heading' | 'wiser-heading' | 'compared-heading' | 'norms-heading' | 'so-heading' }
  | { readonly kind: 'card'; readonly title: string; readonly share: number }
  | { readonly kind: 'context'; readonly context: string; readonly share: number }
  /** Held wiser, or chosen to stand for over the other. */
  | { readonly kind: 'edge' | 'commitment'; readonly wiser: string; readonly than: string; readonly context: string | null }
  | { readonly kind: 'circle'; readonly titles: readonly string[] }
  | { readonly kind: 'conflict'; readonly titles: readonly [string, string] }
  | { readonly kind: 'option'; readonly option: string; readonly share: number }
  | { readonly kind: 'argument'; readonly title: string; readonly quote: string; readonly direction: Direction; readonly standing: Standing }
  | { readonly kind: 'better'; readonly option: string; readonly than: string; readonly title: string }
  | { readonly kind: 'equal'; readonly options: readonly [string, string] }
  /** `settles`: whether a little more of the first would settle it. */
  | { readonly kind: 'par'; readonly options: readonly [string, string]; readonly settles: boolean }
  /** `times`: how much more it would have to matter to turn the choice, 1 or less where it does; null where it cannot. */
  | { readonly kind: 'norm'; readonly text: string; readonly broken: readonly string[]; readonly times: number | null }
  | { readonly kind: 'act'; readonly option: string }
  | { readonly kind: 'ask'; readonly reason: AskReason }

/** Why a line counts, or does not. */
export type Standing =
  | { readonly kind: 'in' | 'undecided' | 'given-up' | 'not-here' | 'out' }
  | { readonly kind: 'overruled'; readonly by: string; readonly context: string | null }

/**
 * For an act: the strongest lines for it, of the deciding cards first, and the strongest one that was overruled. For an ask:
 * the strongest line for each option that remains, each of another card where there is one. Empty where no line speaks.
 */
export function because({ certificate }: Pick<Decision, 'certificate'>): readonly Because[] {
  const { derived } = certificate
  const { outcome, remaining } = derived
  const ranked = derived.arguments.map((argument) => ({ argument, force: forceOf(certificate, argument) })).sort((left, right) => right.force - left.force)
  const chosen: CertifiedArgument[] = []
  const take = (fits: (argument: CertifiedArgument) => boolean): void => {
    const found = ranked.find(({ argument }) => fits(argument) && !chosen.some((other) => other.policy === argument.policy && other.card === argument.card))
    if (found !== undefined && chosen.length < 3) chosen.push(found.argument)
  }
  const isNewCard = (argument: CertifiedArgument): boolean => !chosen.some(({ card }) => card === argument.card)
  if (outcome.kind === 'act') {
    const act = outcome.option
    const deciding = new Set(derived.relations.filter(({ options, by }) => options.includes(act) && by !== null).map(({ by }) => by))
    const isFor = (argument: CertifiedArgument): boolean => argument.label !== 'out' && argument.direction === 'for' && argument.option === act
    const isHelp = (argument: CertifiedArgument): boolean => argument.label !== 'out' && (argument.direction === 'for') === (argument.option === act)
    const isOverruled = (argument: CertifiedArgument): boolean => argument.label === 'out' && (argument.direction === 'for') !== (argument.option === act)
    take((argument) => isFor(argument) && deciding.has(argument.card))
    if (chosen.length === 0) take((argument) => isHelp(argument) && deciding.has(argument.card))
    if (chosen.length === 0) take(isFor)
    take(isOverruled)
    take((argument) => isFor(argument) && isNewCard(argument))
    while (chosen.length < 3) {
      const before = chosen.length
      take(isFor)
      if (chosen.length === before) take(isHelp)
      if (chosen.length === before) break
    }
  } else {
    for (const option of remaining) take((argument) => argument.label !== 'out' && argument.direction === 'for' && argument.option === option && isNewCard(argument))
    for (const option of remaining) take((argument) => argument.label !== 'out' && argument.direction === 'against' && argument.option === option && isNewCard(argument))
    if (chosen.length === 0) take((argument) => argument.label !== 'out')
  }
  return chosen.map((argument) => told(certificate, argument))
}

/** The whole argument, from the situation to the outcome, in lines that can be read aloud. */
export function outline(certificate: Certificate): readonly OutlineLine[] {
  const { inputs, derived } = certificate
  const { options } = inputs.scenario
  const title = titles(certificate)
  const lines: OutlineLine[] = []
  const say = (depth: number, says: OutlineSays, label: Label | null = null): void => void lines.push({ depth, says, label })

  say(0, { kind: 'cards-heading' })
  for (const card of inputs.cards) say(1, { kind: 'card', title: nameOf(card), share: card.relevance })
  if (inputs.cards.length === 0) say(1, { kind: 'no-cards' })
  const here = derived.matched.map(({ context, match }) => ({ words: contextWords(certificate, context), match })).filter(({ words }) => words !== '')
  if (here.length > 0) say(0, { kind: 'contexts-heading' })
  for (const { words, match } of here) say(1, { kind: 'context', context: words, share: match })

  const told = derived.priorities.filter(({ via }) => via !== 'chain')
  if (told.length + derived.suspended.length + derived.conflicts.length > 0) say(0, { kind: 'wiser-heading' })
  for (const { wiser, than, via, context } of told) say(1, { kind: via === 'edge' ? 'edge' : 'commitment', wiser: title(wiser), than: title(than), context: placeOf(certificate, context) })
  for (const { cards } of derived.suspended) say(1, { kind: 'circle', titles: cards.map(title) })
  for (const { cards } of derived.conflicts) say(1, { kind: 'conflict', titles: [title(cards[0]), title(cards[1])] })

  for (const [option, words] of options.entries()) {
    say(0, { kind: 'option', option: words, share: derived.probabilities[option] ?? 0 })
    for (const argument of derived.arguments.filter((one) => one.option === option)) {
      say(1, { kind: 'argument', title: title(argument.card), quote: quoteOf(certificate, argument), direction: argument.direction, standing: standingOf(certificate, argument) }, argument.label)
    }
  }

  say(0, { kind: 'compared-heading' })
  for (const { options: [x, y], relation, by, improved } of derived.relations) {
    const [first, second] = [options[x] ?? '', options[y] ?? '']
    if (relation === 'better' || relation === 'worse') say(1, { kind: 'better', option: relation === 'better' ? first : second, than: relation === 'better' ? second : first, title: title(by ?? ('' as CardId)) })
    else if (relation === 'equal') say(1, { kind: 'equal', options: [first, second] })
    else say(1, { kind: 'par', options: [first, second], settles: improved === 'better' })
  }

  if (inputs.norms.length > 0) say(0, { kind: 'norms-heading' })
  for (const [at, norm] of inputs.norms.entries()) {
    const column = derived.norms[at]
    const broken = options.filter((_, option) => column?.violates[option] === true)
    say(1, { kind: 'norm', text: norm.text, broken, times: column === undefined || column.flip === null || column.weight === 0 ? null : column.flip / column.weight })
  }
  say(0, { kind: 'so-heading' })
  say(1, derived.outcome.kind === 'act' ? { kind: 'act', option: options[derived.outcome.option] ?? '' } : { kind: 'ask', reason: derived.outcome.reason })
  return lines
}

// ---- parts ----------------------------------------------------------------------------------------------------------

/** Relevance times strength. */
function forceOf({ inputs }: Certificate, argument: CertifiedArgument): number {
  return (inputs.cards.find(({ id }) => id === argument.card)?.relevance ?? 0) * argument.strength
}

function told(certificate: Certificate, argument: CertifiedArgument): Because {
  return {
    card: argument.card,
    title: titles(certificate)(argument.card),
    policy: argument.policy,
    quote: quoteOf(certificate, argument),
    option: argument.option,
    optionText: certificate.inputs.scenario.options[argument.option] ?? '',
    direction: argument.direction,
    label: argument.label,
    overruledBy: overrulerOf(certificate, argument)
  }
}

function quoteOf({ inputs }: Certificate, argument: CertifiedArgument): string {
  return inputs.cards.find(({ id }) => id === argument.card)?.policies.find(({ id }) => id === argument.policy)?.text ?? ''
}

function standingOf(certificate: Certificate, argument: CertifiedArgument): Standing {
  if (argument.label !== 'out') return { kind: argument.label }
  const undercut = certificate.derived.undercuts.find(({ card, policy }) => card === argument.card && policy === argument.policy)
  if (undercut !== undefined) return { kind: undercut.because === 'dropped' ? 'given-up' : 'not-here' }
  const by = overrulerOf(certificate, argument)
  return by === null ? { kind: 'out' } : { kind: 'overruled', by: by.title, context: by.context === '' ? null : by.context }
}

/** The card before this one whose argument is IN and takes the other side; a priority that was said itself before one that follows. */
function overrulerOf(certificate: Certificate, argument: CertifiedArgument): Overruler | null {
  const { derived } = certificate
  if (argument.label !== 'out' || derived.undercuts.some(({ card, policy }) => card === argument.card && policy === argument.policy)) return null
  const accepted = new Set(derived.arguments.filter(({ label }) => label === 'in').map(({ card }) => card))
  const over = derived.rebuttals
    .filter(({ cards, wiser }) => cards.includes(argument.card) && wiser !== null && wiser !== argument.card && accepted.has(wiser))
    .flatMap(({ wiser }) => derived.priorities.filter((priority) => priority.wiser === wiser && priority.than === argument.card))
  const order: readonly CertifiedPriority['via'][] = ['edge', 'commitment', 'chain']
  const [first] = over.sort((left, right) => order.indexOf(left.via) - order.indexOf(right.via))
  if (first === undefined) return null
  return { card: first.wiser, title: titles(certificate)(first.wiser), context: first.context === null ? null : contextWords(certificate, first.context), since: first.since === 0 ? null : first.since }
}

function titles({ inputs }: Certificate): (id: CardId) => string {
  const names = new Map<CardId, string>(inputs.cards.map((card) => [card.id, nameOf(card)]))
  return (id) => names.get(id) ?? id
}

/** A card without a title goes by its first line. */
function nameOf(card: CertifiedCard): string {
  return card.title.trim() === '' ? (card.policies[0]?.text ?? card.id) : card.title
}

function contextWords({ inputs }: Certificate, id: ContextId): string {
  return inputs.contexts.find((context) => context.id === id)?.text.trim() ?? ''
}

/** Null for every situation. */
function placeOf(certificate: Certificate, context: ContextId | null): string | null {
  const words = context === null ? '' : contextWords(certificate, context)
  return words === '' ? null : words
}
