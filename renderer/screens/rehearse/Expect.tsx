/** What the person expects of the agent: a share an option and one for "it would ask you", by number or slider, 100 together. */
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { quotedWords } from '../../language/words.ts'
import { evenShares, filledUp, sumOf, type Shares } from './shares.ts'

export interface ExpectProps {
  readonly options: readonly string[]
  /** Whole percents, of each option and then of asking; null where nothing was said yet. */
  readonly shares: Shares | null
  readonly onChange: (shares: Shares | null) => void
}

export function Expect({ options, shares, onChange }: ExpectProps) {
  const { t } = useTranslation('rehearse')
  const names = [...options.map(quotedWords), t('wouldAsk')]
  const sum = shares === null ? null : sumOf(shares)
  const set = (at: number, share: number | null): void => onChange((shares ?? names.map(() => null)).map((old, index) => (index === at ? share : old)))
  return (
    <fieldset className="expect">
      <legend>{t('expect')}</legend>
      <p className="quiet" id="expect-hint">{t('expect.hint')}</p>
      <ul>
        {names.map((name, at) => {
          const share = shares?.[at] ?? null
          return (
            <li key={at}>
              <span {...(at < options.length ? { className: 'own', dir: 'auto' } : {})}>{at < options.length ? options[at] : name}</span>
              <input type="range" min={0} max={100} step={1} value={share ?? 0} aria-label={t('slider', { option: name })} onChange={(event) => set(at, event.target.valueAsNumber)} />
              <span className="percent">
                <input type="number" min={0} max={100} step={1} inputMode="numeric" data-loose value={share ?? ''} aria-label={t('chance', { option: name })} aria-describedby="expect-sum" onChange={(event) => set(at, readShare(event.target.value))} />
                <span aria-hidden="true">%</span>
              </span>
            </li>
          )
        })}
      </ul>
      <p className="sum">
        <output id="expect-sum" className={sum === null || sum === 100 ? 'quiet' : 'off'}>{sum === null ? '' : sum === 100 ? t('sum.right') : t('sum', { sum })}</output>
        {shares !== null && sum !== 100 && sum !== 0 && <Button className="button" onPress={() => onChange(filledUp(shares))}>{t('make100')}</Button>}
        {(shares === null || sum === 0) && <Button className="button" onPress={() => onChange(evenShares(names.length))}>{t('even')}</Button>}
        {shares !== null && <Button className="button" onPress={() => onChange(null)}>{t('clear')}</Button>}
      </p>
    </fieldset>
  )
}

function readShare(text: string): number | null {
  if (text.trim() === '') return null
  const number = Math.round(Number(text))
  return Number.isFinite(number) ? Math.min(100, Math.max(0, number)) : null
}
