/**
 * A certificate told: at most three lines that say why, in the person's own words, and the whole argument as an outline.
 *
 * Invariants: says nothing that is not in the certificate; quotes are whole. Leaves out dates and pictures: the window
 * words the former (`since` is in ms) and draws the latter.
 */
import type { Certificate, CertifiedArgument, CertifiedCard, CertifiedPriority, Decision, Direction, Label } from './certificate.ts'
import type { AskReason, CardId, ContextId, PolicyId } from './schema.ts'

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

/** A line of the outline; `depth` is how far it is set in. */
export interface OutlineLine {
  readonly depth: number
  readonly text: string
  readonly label: Label | null
}

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

/** The whole argument, from the situation to the outcome, in sentences that can be read aloud. */
export function outline(certificate: Certificate): readonly OutlineLine[] {
  const { inputs, derived } = certificate
  const { options } = inputs.scenario
  const title = titles(certificate)
  const lines: OutlineLine[] = []
  const say = (depth: number, text: string, label: Label | null = null): void => void lines.push({ depth, text, label })

  say(0, 'What bears on this situation')
  for (const card of inputs.cards) say(1, `‘${nameOf(card)}’ (${percent(card.relevance)})`)
  if (inputs.cards.length === 0) say(1, 'none of your values')
  const here = derived.matched.map(({ context, match }) => ({ words: contextWords(certificate, context), match })).filter(({ words }) => words !== '')
  if (here.length > 0) say(0, 'What kind of situation this is')
  for (const { words, match } of here) say(1, `${words} (${percent(match)})`)

  const told = derived.priorities.filter(({ via }) => via !== 'chain')
  if (told.length + derived.suspended.length + derived.conflicts.length > 0) say(0, 'Which is wiser here')
  for (const { wiser, than, via, context } of told) say(1, via === 'edge' ? `you hold ‘${title(wiser)}’ wiser than ‘${title(than)}’${placeOf(certificate, context)}` : `you chose to stand for ‘${title(wiser)}’ over ‘${title(than)}’${placeOf(certificate, context)}`)
  for (const { cards } of derived.suspended) say(1, `${listOf(cards.map((card) => `‘${title(card)}’`))} are held wiser than each other in a circle: none of this counts until you look at it`)
  for (const { cards } of derived.conflicts) say(1, `‘${title(cards[0])}’ and ‘${title(cards[1])}’ are each held wiser than the other, in two kinds of situation that both apply`)

  for (const [option, words] of options.entries()) {
    say(0, `“${words}” (${percent(derived.probabilities[option] ?? 0)})`)
    for (const argument of derived.arguments.filter((one) => one.option === option)) say(1, `‘${title(argument.card)}’: “${quoteOf(certificate, argument)}” speaks ${argument.direction} it. ${verdictOf(certificate, argument)}`, argument.label)
  }

  say(0, 'How they compare')
  for (const { options: [x, y], relation, by, improved } of derived.relations) {
    const [first, second] = [`“${options[x]}”`, `“${options[y]}”`]
    if (relation === 'better' || relation === 'worse') say(1, `${relation === 'better' ? first : second} is better than ${relation === 'better' ? second : first}: ‘${title(by ?? ('' as CardId))}’ decides`)
    else if (relation === 'equal') say(1, `no value tells ${first} and ${second} apart`)
    else say(1, `${first} and ${second} are on a par. Improving ${first} a little would ${improved === 'better' ? '' : 'not '}settle it`)
  }

  if (inputs.norms.length > 0) say(0, 'Norms, beside your values')
  for (const [at, norm] of inputs.norms.entries()) {
    const column = derived.norms[at]
    const broken = options.filter((_, option) => column?.violates[option] === true).map((words) => `“${words}”`)
    say(1, `${norm.text}: ${broken.length === 0 ? 'nothing here goes against it' : `${listOf(broken)} would go against it`}${flipOf(column)}`)
  }
  say(0, 'So')
  say(1, derived.outcome.kind === 'act' ? `it would choose “${options[derived.outcome.option]}”` : `it would ask you, because ${reasons[derived.outcome.reason]}`)
  return lines
}

/** Each reason to ask as the end of "It would ask you, because …". */
export const reasons: Readonly<Record<AskReason, string>> = {
  'no-card': 'none of your values bears on this',
  'on-a-par': 'these are on a par: each is upheld by something you value, and you have not said which is wiser here',
  'values-conflict': 'two of your values pull apart here, and you have not said which is wiser',
  'norm-conflict': 'your values and a norm point different ways',
  cycle: 'you hold some of these values wiser than each other in a circle',
  'low-confidence': 'it is not sure enough',
  'untrusted-domain': 'you have not said that it may act in this domain'
}

// ---- words ----------------------------------------------------------------------------------------------------------

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

function verdictOf(certificate: Certificate, argument: CertifiedArgument): string {
  if (argument.label === 'in') return 'IN'
  if (argument.label === 'undecided') return 'UNDECIDED: another value pulls the other way, and you have not said which is wiser here'
  const undercut = certificate.derived.undercuts.find(({ card, policy }) => card === argument.card && policy === argument.policy)
  if (undercut !== undefined) return undercut.because === 'dropped' ? 'OUT because you gave this line up here' : 'OUT because this is not the kind of situation that it is about'
  const by = overrulerOf(certificate, argument)
  return by === null ? 'OUT' : `OUT because you hold ‘${by.title}’ wiser${by.context === null ? '' : placeWords(by.context)}`
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

function placeOf(certificate: Certificate, context: ContextId | null): string {
  return context === null ? '' : placeWords(contextWords(certificate, context))
}

/** The words of a context as the end of "B is wiser than A": ` when someone grieves`, ` in “my family”`; nothing for every situation. */
export function placeWords(words: string): string {
  const said = words.trim()
  if (said === '') return ''
  return /^when\b/iu.test(said) ? ` when${said.slice(4)}` : ` in “${said}”`
}

function flipOf(column: Certificate['derived']['norms'][number] | undefined): string {
  if (column === undefined || column.flip === null || column.weight === 0) return ''
  const times = column.flip / column.weight
  return times <= 1 ? '; it would turn the choice' : `; it would turn the choice only if it mattered ${times < 10 ? times.toFixed(1) : Math.round(times)} times as much`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
