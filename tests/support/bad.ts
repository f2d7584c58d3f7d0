/**
 * The bad files of issue "One steward, end to end" ("Bad input"), one of each kind, and the good one that each of them
 * spoils: whatever door takes a preview file, a card, an answer or an export must refuse them in one sentence.
 */

/** A preview file that is right in everything, as a fresh value. */
export function goodPreview() {
  return {
    id: 'good',
    domain: 'friendship',
    situation: 'A friend shows me the novel that she has worked on for three years and asks what I think. I found it dull.',
    options: ['Tell her plainly that it is dull', 'Praise the cover and change the subject'],
    mode: 'theory',
    cards: [
      {
        id: 'c1',
        title: 'Honest company',
        contexts: ['when a friend asks what I think'],
        policies: ['MOMENTS where my friend hears the thing nobody else will say', 'WORDS that she can use for the next version']
      },
      { id: 'c2', title: 'Gentleness', contexts: ['when someone has put their heart into something'], policies: ['TIMES when encouragement matters more than verdicts'] }
    ],
    wiser_than: [{ wiser: 'c1', than: 'c2', context: 'when a friend asks what I think' }],
    norms: []
  }
}

type Preview = Record<string, unknown> & ReturnType<typeof goodPreview>

function spoilt(change: (preview: Preview) => unknown): Uint8Array {
  const preview = goodPreview() as Preview
  const replaced = change(preview)
  return encode(JSON.stringify(replaced === undefined ? preview : replaced))
}

const encode = (text: string) => new TextEncoder().encode(text)
const good = () => JSON.stringify(goodPreview())
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

/** Bytes that are no JSON document at all: refused by every door, whatever it takes. */
export const brokenFiles: Readonly<Record<string, () => Uint8Array>> = {
  'an empty file': () => encode(''),
  'white space': () => encode(' \n\t'),
  'not JSON': () => encode('values: honest'),
  'a page of HTML': () => encode('<!doctype html><p>{}</p>'),
  'not UTF-8': () => Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d),
  'UTF-16': () => Uint8Array.from(Buffer.from(`\uFEFF${good()}`, 'utf16le')),
  'a truncated file': () => encode(good().slice(0, -40)),
  'two documents': () => encode(`${good()}\n${good()}`),
  'zeros': () => new Uint8Array(4_096),
  'random bytes': () => Uint8Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 251),
  'lists nested 100,000 deep': () => encode(nested('[', ']', 100_000)),
  'records nested 100,000 deep': () => encode(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`),
  'an unclosed nesting of a million': () => encode('['.repeat(1_000_000)),
  'NaN as a number': () => encode(good().replace('"norms":[]', '"norms":[],"weight":NaN')),
  'a __proto__ key': () => encode(good().replace('{"id":"good"', '{"__proto__":{"polluted":true},"id":"good"')),
  'a __proto__ key within a card': () => encode(good().replace('{"id":"c1"', '{"__proto__":{"polluted":true},"id":"c1"')),
  'a constructor key': () => encode(good().replace('{"id":"good"', '{"constructor":{"prototype":{"polluted":true}},"id":"good"'))
}

/** JSON that is no preview file. */
export const badPreviews: Readonly<Record<string, () => Uint8Array>> = {
  'a number': () => encode('7'),
  'null': () => encode('null'),
  'a list': () => encode('[]'),
  'an empty record': () => encode('{}'),
  'duplicated card ids': () => spoilt((preview) => void (preview.cards[1]!.id = 'c1')),
  'a card id of __proto__': () => spoilt((preview) => void (preview.cards[0]!.id = '__proto__')),
  'a card id of constructor': () => spoilt((preview) => void (preview.cards[0]!.id = 'constructor')),
  'an edge to a missing card': () => spoilt((preview) => void (preview.wiser_than[0]!.than = 'c9')),
  'an edge by an index that is missing': () => spoilt((preview) => ({ ...preview, wiser_than: [[0, 7]] })),
  'an edge by half an index': () => spoilt((preview) => ({ ...preview, wiser_than: [[0, 0.5]] })),
  'a card wiser than itself': () => spoilt((preview) => void (preview.wiser_than[0]!.than = 'c1')),
  'a card wiser than itself by index': () => spoilt((preview) => ({ ...preview, wiser_than: [[1, 1]] })),
  'no option': () => spoilt((preview) => void (preview.options = [])),
  'options left out': () => spoilt(({ options: _, ...preview }) => preview),
  'one option': () => spoilt((preview) => void preview.options.pop()),
  'seven options': () => spoilt((preview) => void (preview.options = ['a', 'b', 'c', 'd', 'e', 'f', 'g'])),
  'two equal options': () => spoilt((preview) => void (preview.options = ['Wait', 'Speak', 'Wait'])),
  'an empty option': () => spoilt((preview) => void (preview.options = ['Wait', ''])),
  'an option that is a number': () => spoilt((preview) => ({ ...preview, options: ['Wait', 7] })),
  'an empty situation': () => spoilt((preview) => void (preview.situation = '')),
  'a blank situation': () => spoilt((preview) => void (preview.situation = ' \n ')),
  'a situation left out': () => spoilt(({ situation: _, ...preview }) => preview),
  'a card of 100,000 characters': () => spoilt((preview) => void (preview.cards[0]!.policies[0] = 'x'.repeat(100_000))),
  'a title of 100,000 characters': () => spoilt((preview) => void (preview.cards[0]!.title = 'x'.repeat(100_000))),
  'a lone surrogate in the situation': () => encode(good().replace('A friend', 'A \\ud83d friend')),
  'a lone surrogate in a line': () => encode(good().replace('MOMENTS', '\\udc00')),
  'a control character in a title': () => encode(good().replace('Honest company', 'Honest\\u001b[31m company')),
  'a zero in an option': () => encode(good().replace('Tell her', 'Tell\\u0000 her')),
  'a right-to-left override in a line': () => encode(good().replace('MOMENTS', '\\u202eMOMENTS')),
  'a right-to-left override in a title': () => encode(good().replace('Gentleness', 'Gentle\\u2067ness')),
  'cards that are no list': () => spoilt((preview) => ({ ...preview, cards: { c1: {} } })),
  'a card that is text': () => spoilt((preview) => ({ ...preview, cards: ['Honest company'] })),
  'a card without policies as text': () => spoilt((preview) => ({ ...preview, cards: [{ ...preview.cards[0], policies: 'be honest' }] })),
  'a mode that is neither': () => spoilt((preview) => void (preview.mode = 'dream')),
  'norms that are no list': () => spoilt((preview) => ({ ...preview, norms: 7 }))
}

/** What is right though it looks odd: right-to-left words, emoji, a mark at the start, a context as one text, index pairs. */
export const oddPreviews: Readonly<Record<string, () => Uint8Array>> = {
  'a byte order mark': () => encode(`\uFEFF${good()}`),
  'right-to-left words and emoji': () => spoilt((preview) => void (preview.situation = 'חברה מראה לי את הרומן שלה 🌱 وتسأل عن رأيي')),
  'a context as one text': () => spoilt((preview) => ({ ...preview, cards: [{ title: 'Honesty', context: '', policies: ['WORDS that are true'] }], wiser_than: [] })),
  'index pairs': () => spoilt((preview) => ({ ...preview, wiser_than: [[0, 1]] })),
  'fields that nobody knows': () => spoilt((preview) => ({ ...preview, expected: 0, source: { set: 'x' } })),
  'no card at all': () => spoilt((preview) => ({ ...preview, cards: [], wiser_than: [] })),
  'a cycle': () => spoilt((preview) => ({ ...preview, wiser_than: [[0, 1], [1, 0]] }))
}
