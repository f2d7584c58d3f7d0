/** What is shown of a notebook that is locked: a field for its passphrase, and nothing else. */
import { useState, type SyntheticEvent } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { Bridge } from '../../shared/ipc.ts'
import { Secret } from '../components/fields/Secret.tsx'
import { sentenceOf } from '../language/problems.ts'

export function Unlock({ bridge }: { readonly bridge: Bridge }) {
  const { t } = useTranslation('disk')
  const [passphrase, setPassphrase] = useState('')
  const [trouble, setTrouble] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  async function open(event: SyntheticEvent): Promise<void> {
    event.preventDefault()
    /* The button stays as it is meanwhile, so that the focus stays on it. */
    if (isBusy || passphrase === '') return
    setIsBusy(true)
    setTrouble(null)
    const opened = await bridge.call('disk', { do: 'unlock', passphrase })
    setIsBusy(false)
    /* Where it was right, an event says so, and this page goes. */
    if (opened.ok) return
    setTrouble(sentenceOf(opened.error))
  }
  return (
    <main className="alone" id="room">
      <h1>{t('locked')}</h1>
      <p>{t('locked.text')}</p>
      <form onSubmit={(event) => void open(event)}>
        <Secret label={t('word')} value={passphrase} onChange={setPassphrase} autoFocus canShow />
        <output className="said">
          {isBusy && <p className="quiet">{t('unlocking')}</p>}
          {trouble !== null && <p className="notice">{trouble}</p>}
        </output>
        <div className="actions">
          <Button type="submit" className="button primary">{t('unlock')}</Button>
        </div>
      </form>
    </main>
  )
}
