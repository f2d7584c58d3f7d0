/** The whole argument in words: each line of shared/decision/because.ts's outline as a sentence in the language of the window. */
import i18next from 'i18next'
import type { OutlineLine, OutlineSays, Standing } from '../../shared/decision/because.ts'
import { listWords, percent, percents, placeWords, quotedWords, titleWords, whenWords } from './words.ts'

export function outlineWords(lines: readonly OutlineLine[]): readonly string[] {
  const shares = percents(lines.flatMap(({ says }) => (says.kind === 'option' ? [says.share] : [])))[Symbol.iterator]()
  return lines.map(({ says }) => (says.kind === 'option' ? i18next.t('argument:says.option', { option: quotedWords(says.option), share: shares.next().value ?? '' }) : lineWords(says)))
}

function lineWords(says: Exclude<OutlineSays, { readonly kind: 'option' }>): string {
  const t = (values: Readonly<Record<string, string>> = {}): string => i18next.t(`argument:says.${says.kind}`, values)
  switch (says.kind) {
    case 'card':
      return t({ title: titleWords(says.title), share: percent(says.share) })
    case 'context':
      return t({ context: says.context, share: percent(says.share) })
    case 'edge':
    case 'commitment':
      return t({ wiser: titleWords(says.wiser), than: titleWords(says.than), when: placeOf(says.context) })
    case 'circle':
      return t({ titles: listWords(says.titles.map(titleWords)) })
    case 'conflict':
      return t({ first: titleWords(says.titles[0]), second: titleWords(says.titles[1]) })
    case 'argument': {
      const line = i18next.t(`argument:argument.${says.direction}`, { title: titleWords(says.title), line: quotedWords(says.quote) })
      const standing = standingWords(says.standing)
      return standing === '' ? line : `${line} ${standing}`
    }
    case 'better':
      return t({ option: quotedWords(says.option), than: quotedWords(says.than), title: titleWords(says.title) })
    case 'equal':
      return t({ first: quotedWords(says.options[0]), second: quotedWords(says.options[1]) })
    case 'par':
      return i18next.t(says.settles ? 'argument:says.par.settles' : 'argument:says.par', { first: quotedWords(says.options[0]), second: quotedWords(says.options[1]) })
    case 'norm':
      return i18next.t('argument:norm', { norm: says.text, against: says.broken.length === 0 ? i18next.t('argument:norm.kept') : i18next.t('argument:norm.broken', { options: listWords(says.broken.map(quotedWords)) }), turn: turnWords(says.times) })
    case 'act':
      return t({ option: quotedWords(says.option) })
    case 'ask':
      return t({ reason: i18next.t(`rehearse:reason.${says.reason}`) })
    default:
      return t()
  }
}

/** Why a line counts or not; nothing where its label has said it already. */
function standingWords(standing: Standing): string {
  switch (standing.kind) {
    case 'in':
    case 'out':
      return ''
    case 'overruled':
      return i18next.t('argument:standing.overruled', { by: titleWords(standing.by), when: placeOf(standing.context) })
    default:
      return i18next.t(`argument:standing.${standing.kind}`)
  }
}

function turnWords(times: number | null): string {
  if (times === null) return ''
  return times <= 1 ? i18next.t('argument:norm.turns') : i18next.t('argument:norm.times', { times: times < 10 ? Math.round(times * 10) / 10 : Math.round(times) })
}

/** As the end of a sentence. */
function placeOf(context: string | null): string {
  return context === null ? '' : placeWords(whenWords(context))
}
