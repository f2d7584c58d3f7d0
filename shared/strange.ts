/**
 * Texts of others that are no plain words: what reads like a command to a model, and what holds markup. Card text is data and
 * is never obeyed; this is so that a person is told, and that a pack of situations cannot smuggle either in.
 */
import { quoted } from './json.ts'

/** Whether a text reads like a command to a model instead of something that a person pays attention to. */
export function isCommand(text: string): boolean {
  /* What nobody sees stands between no two letters of a word that is read. */
  const plain = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '').replace(/\s+/gu, ' ')
  return commandPatterns.some((pattern) => pattern.test(plain))
}

const commandPatterns: readonly RegExp[] = [
  /\b(?:ignore|disregard|override|bypass)\b.{0,20}\b(?:previous|prior|above|earlier|all|any|every|other|your|these|those|the)\b.{0,20}\b(?:instructions?|prompts?|rules|guidelines|values|cards)\b/iu,
  /\bforget (?:everything|all|anything)\b.{0,20}\b(?:above|before|said|told|you)\b/iu,
  /\b(?:you are (?:now |no longer )?(?:an?|the|my)|act as|pretend to be|behave as)\b.{0,30}\b(?:ai|assistant|chatbot|language model|agent)\b/iu,
  /\b(?:system|developer) (?:prompt|message)\b/iu,
  /(?:^|[\s>])(?:system|assistant|user) ?: ?\S/iu,
  /<\|[a-z_]+\|>|<\/?(?:system|instructions?)>|\[\/?INST\]|<<SYS>>/iu,
  /\b(?:always|only) (?:answer|choose|output|pick|reply|respond|return|select)\b.{0,10}(?:\bwith\b|\boption\b|\bthe (?:first|second|last)\b|["'])/iu,
  /(?<!\bich )\b(?:ignoriere?|ignoriert|missachte|umgehe|vergiss|vergesst|ignorieren Sie) (?:\p{L}+ ){0,4}(?:anweisung\p{L}*|vorgaben?|prompts?|regeln|richtlinien|werte|karten)\b/iu,
  /\b(?:vergiss|vergesst) alles\b.{0,20}\b(?:gesagt|bisher|davor|vorher)/iu,
  /\bdu bist (?:jetzt |nun |ab jetzt )?(?:ein|eine|kein|keine) (?:\p{L}+ ){0,2}(?:ki|assistent\p{L}*|chatbot|sprachmodell)\b/iu,
  /\b(?:antworte|wähle) (?:immer|nur|stets)\b.{0,10}(?:\bmit\b|\bdie (?:erste|zweite|letzte)\b|["'„])/iu,
  /\b(?:do not|don't|never) (?:tell|inform|ask|reveal to|mention (?:this|it) to) (?:the )?(?:user|person|owner)\b/iu
]

const markup = /<[a-z!/?][^>]{0,200}>|\bjavascript:|!?\[[^\]]{0,200}\]\(\s*(?:https?|data|javascript):|\{\{|\]\]>/iu

/** Why these texts are not shown or read to a model; null where nothing is wrong with them. */
export function whyStrange(texts: readonly string[]): string | null {
  for (const each of texts) {
    if (markup.test(each)) return `it holds markup: ${quoted(each)}`
    if (isCommand(each)) return `it reads like a command to a model: ${quoted(each)}`
  }
  return null
}
