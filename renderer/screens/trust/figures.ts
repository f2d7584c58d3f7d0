/** Numbers as sentences need them, in the language of the window: never a rate without its bounds and what it stands on. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Rate } from '../../../shared/trust/interval.ts'
import { numberWords } from '../../language/language.ts'
import { percent } from '../../language/words.ts'

export interface Figures {
  /** In whole percent, rounded down: for what is safe to say. */
  safely(share: number): string
  /** Never 0 or 100 for what is not quite so. */
  percent(share: number): string
  /** "9 of 12 (75 %, between 48 and 93 %)". */
  rate(rate: Rate): string
  /** "between 48 and 93 %". */
  between(low: number, high: number): string
  /** "−12 to +40 points". */
  points(low: number, high: number): string
  point(difference: number): string
  decimal(value: number): string
  /** "eight", "Eight" at the start of a sentence; in digits from thirteen on. */
  word(count: number, isFirst?: boolean): string
  date(instant: number): string
}

export function useFigures(): Figures {
  const { t, i18n } = useTranslation('trust')
  return useMemo(() => {
    const language = i18n.language
    const plain = (value: number): string => numberWords(value, { maximumFractionDigits: 0 })
    const signed = (value: number): string => numberWords(value, { maximumFractionDigits: 0, signDisplay: 'exceptZero' })
    const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
    const between = (low: number, high: number): string => t('between', { low: plain(Math.floor(low * 100 + 1e-9)), high: percent(Math.ceil(high * 100 - 1e-9) / 100) })
    return {
      percent, between,
      safely: (share) => percent(Math.floor(share * 100 + 1e-9) / 100),
      rate: (rate) => (rate.rate === null ? t('notTried') : t('rate', { hits: rate.hits, tries: rate.tries, rate: percent(rate.rate), between: between(rate.low, rate.high) })),
      points: (low, high) => t('points', { low: signed(Math.floor(low * 100 + 1e-9)), high: signed(Math.ceil(high * 100 - 1e-9)) }),
      point: (difference) => t('point', { difference: signed(Math.round(difference * 100)) }),
      decimal: (value) => numberWords(value, { maximumFractionDigits: 2, minimumFractionDigits: 2 }),
      word(count, isFirst = false) {
        const words = t('numbers').split(' ')
        const word = words[count - 1] ?? plain(count)
        return isFirst ? word.charAt(0).toLocaleUpperCase(language) + word.slice(1) : word
      },
      date: (instant) => day.format(instant)
    }
  }, [t, i18n.language])
}
