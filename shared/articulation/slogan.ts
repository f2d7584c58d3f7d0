/**
 * Whether a line is a slogan: a short saying that could stand on anybody's banner. Judged by its form alone (a general claim,
 * a call, a bare pair of big words), never by its subject, so that every side is met alike (tests: forty slogans of four
 * sides, hit rates within ten points). A slogan is not argued with: it is asked when it last decided something.
 */

const mostWords = 12

/** Verbs that open a call. English, then German. */
const calls = new Set(
  `abolish act arm back ban be believe boycott break bring build buy cancel care choose close come control cut decriminalize deport defend defund demand disarm dismantle do drain
  drill eat empower end enforce enjoy expect expose fear fight finish fix follow free fund give go grow have heal help honor honour hold invest join keep kill know leave legalize let listen
  live lock look love lower make march mind mourn nationalize never obey occupy only open own pass pay plant police pray preserve privatize protect protest put question raise read rebel
  reclaim reduce refuse regulate reject remember repair repeal resist respect restore reuse rewild rise run save say secure see seize serve share shop shrink shut smash speak spend
  stand start starve stay stop strike study support take tax teach tell thank think treat trust turn unite value vote wake want watch welcome win work
  sei seid lass lasst lebe lebt macht mach stoppt stopp rettet schützt ehre denk denkt wählt glaube kämpft nehmt gebt baut schafft grenzt helft teilt kauft`.split(/\s+/u)
)

const generic = /\b(?:is|are|isn['’]?t|aren['’]?t|ain['’]?t|means?|equals?|kills?|trumps?|beats?|matters?|counts?|wins?|works?|begins?|starts?|belongs?|comes?|makes?|needs?|deserves?|has|have|can|can['’]?t|cannot|will|won['’]?t|should|must|knows?|lives?|saves?|creates?|corrupts?|heals?|knows|owns?|gives?|takes?|rules?|ist|sind|gehört|zählt|heißt|macht|braucht|kommt|bleibt|muss|müssen|hat|haben)\b/iu
const balanced = /^(?:no|not|less|more|one|for|with|without|from|all|every|equal|first|people|kein|keine|mehr|weniger|alle|jeder|für)\b|\b(?:not|over|before|above|first|for all|now|without|versus|vs|or|statt|vor|für alle|jetzt|oder|zuerst)\b|,|\band\b|\bund\b|[!]$/iu
const told = /\b(?:yesterday|last (?:week|month|year|night|summer|winter)|once|when i|because|gestern|weil|als ich)\b|\bi\b.*\b\p{L}+ed\b|\b(?:was|wasn['’]t|were|weren['’]t|had|hadn['’]t|did|didn['’]t|got|said|asked|knew|saw|felt|heard|needed|wanted|hatte|hatten|sagte|wusste|sah|wollte|brauchte|kam|ging)\b|\b(?:er|sie|es|ich|das|wir) war(?:en)?\b|\b(?:would|could) (?:be|have)\b|\b(?:hätte|wäre)n?\b|\b(?:niemand|jemand|keiner|er|sie|ich|wer) \p{Ll}+te\b|\b(?:hat|habe|haben|wurden?) (?:\p{L}+ )+(?:\p{L}*ge|be|ver|ent|er|zer|über|unter|miss|an|auf|aus|ab|zu)\p{Ll}+(?:t|en)$/iu
const person = /\b(?:i|i['’](?:m|d|ve|ll)|me|my|mine|myself|he|she|his|her|him|hers|them|they|ich|er|ihm|ihn|ihr(?:e[mnrs]?)?|sie|mir|mich|mein(?:e[mnrs]?)?)\b/iu
const relative = /\b(?:who|whom|whose|where|when|while|which|that|after|until|whenever|wenn|während|nachdem|how|whether|dass|woran|worauf|wonach)\b|^(?:ob|wer|wen|wem|wie|was|wo)\b[^,]*$|,\s*(?:die|der|das|denen|dem|wo)\b/iu
const article = /^(?:the|an?|die|der|das|den|ein|eine|einen)\s/iu

/** Whether the line, by its form, is a slogan. Empty and long ones are none, nor what tells of something that happened. */
export function isSlogan(line: string): boolean {
  const text = line.normalize('NFKC').trim().replace(/^["“„'‘#]+|["”“'’]+$/gu, '').trim()
  const words = text.match(/[\p{L}\p{N}'’%-]+/gu) ?? []
  if (words.length < 2 || words.length > mostWords) return false
  const isShouted = text === text.toUpperCase() && /\p{Lu}/u.test(text)
  const head = words[0] ?? ''
  /* Behind an article, two or three capitals are an institution: "the NHS is not for sale". */
  const isAttended = /^\p{Lu}{2,}/u.test(head) || (article.test(text) && /^\p{Lu}{4,}/u.test(words[1] ?? ''))
  if (!isShouted && isAttended && words.length >= 3) return false
  if (told.test(text)) return false
  const isCall = calls.has(head.toLowerCase()) || /^(?:don['’]?t|do not|never|always|nie|niemals|immer|kein|keine|no)\b/iu.test(text)
  if (isCall && words.length <= 9 && (!person.test(text) || /^(?:don['’]?t|do not|hands)\b/iu.test(text))) return true
  if (/^(?:my|our|mein|meine|unser|unsere) \p{L}+[,:;] ?(?:my|our|mein|meine|unser|unsere) /iu.test(text)) return true
  if (person.test(text)) return /^(?:i|me|my|we|our)\b/iu.test(text) ? false : words.length <= 6 && /[,:;]/u.test(text)
  if (generic.test(text) && words.length <= 10 && !text.endsWith('?')) return !relative.test(text)
  if (balanced.test(text) && words.length <= 8 && !relative.test(text)) return true
  /* A banner has no article: "the smell of bread" is somebody's own. */
  return words.length <= 4 && !relative.test(text) && !article.test(text) && !/\p{L}ing\b/iu.test(head) && !/\p{Ll}{2}ed\b/u.test(text)
}
