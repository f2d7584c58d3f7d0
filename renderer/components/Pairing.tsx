/** Pairing, one step at a time: a code to show or to read, six words to compare, and how it ended. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { encode } from 'uqr'
import type { DevicesArgument, PairingState } from '../../shared/devices.ts'
import { sentenceOf } from '../language/problems.ts'
import { Field } from './fields/Field.tsx'

/** False where it was refused, which is said. */
export type DevicesAct = (argument: DevicesArgument, done?: string) => Promise<boolean>

export function Pairing({ pairing, act }: { readonly pairing: PairingState; readonly act: DevicesAct }) {
  return (
    <section className="panel pairing" aria-live="polite">
      <Step pairing={pairing} act={act} />
    </section>
  )
}

function Step({ pairing, act }: { readonly pairing: PairingState; readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const stop = <Button className="button" onPress={() => void act({ do: 'cancel' })}>{t('stop')}</Button>
  switch (pairing.kind) {
    case 'none':
      return null
    case 'offering':
      return (
        <>
          <h2>{t('codeHere')}</h2>
          <p className="code" dir="ltr">{pairing.code}</p>
          <p className="quiet">{t('codeTime')}</p>
          <Picture text={pairing.scan} />
          <p>{t('codeScan')}</p>
          <p className="quiet">{t('codeAddress', { address: pairing.address })}</p>
          <div className="actions">{stop}</div>
        </>
      )
    case 'joining':
      return (
        <>
          <h2>{t('add')}</h2>
          <p>{t('searching')}</p>
          <div className="actions">{stop}</div>
        </>
      )
    case 'words':
      return (
        <>
          <h2>{t('wordsHeading')}</h2>
          <p>{t('wordsText', { name: pairing.name === '' ? t('wordsOther') : pairing.name })}</p>
          <ol className="words">{pairing.words.map((word, at) => <li key={`${at}-${word}`} dir="auto">{word}</li>)}</ol>
          {pairing.isAnswered ? (
            <>
              <p>{t('answered')}</p>
              <div className="actions">{stop}</div>
            </>
          ) : (
            <div className="actions">
              <Button className="button primary" onPress={() => void act({ do: 'answer', same: true })}>{t('same')}</Button>
              <Button className="button danger" onPress={() => void act({ do: 'answer', same: false })}>{t('different')}</Button>
            </div>
          )}
        </>
      )
    case 'paired':
      return (
        <>
          <h2>{t('paired', { name: pairing.name })}</h2>
          <div className="actions"><Button className="button primary" onPress={() => void act({ do: 'cancel' })}>{t('done')}</Button></div>
        </>
      )
    case 'failed':
      return (
        <>
          <h2>{t('add')}</h2>
          <p className="notice">{sentenceOf(pairing.problem)}</p>
          <div className="actions"><Button className="button" onPress={() => void act({ do: 'cancel' })}>{t('again')}</Button></div>
        </>
      )
  }
}

/** Always dark on white, in every look: cameras want it so. */
function Picture({ text }: { readonly text: string }) {
  const { t } = useTranslation('devices')
  const { size, data } = encode(text, { ecc: 'M', border: 3 })
  const path = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg className="picture" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t('codePicture')}>
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" shapeRendering="crispEdges" />
    </svg>
  )
}

export function AddDevice({ act }: { readonly act: DevicesAct }) {
  const { t } = useTranslation('devices')
  const [code, setCode] = useState('')
  const [address, setAddress] = useState('')
  const isReady = code.replace(/\D/gu, '').length === 12
  const take = (typed: string): void => {
    /* What a scanner read from the picture. */
    const [, scanned, place] = /^values-steward:pair (\S+) (\S+)$/u.exec(typed.trim()) ?? []
    setCode(scanned ?? typed)
    if (place !== undefined) setAddress(place)
  }
  const join = (): void => void (isReady && act({ do: 'join', code: code.trim(), address: address.trim() === '' ? null : address.trim() }))
  return (
    <section aria-labelledby="add">
      <h2 id="add">{t('add')}</h2>
      <p>{t('addText')}</p>
      <div className="actions"><Button className="button primary" onPress={() => void act({ do: 'offer' })}>{t('offer')}</Button></div>
      <h3>{t('joinHeading')}</h3>
      <Field label={t('code')} value={code} onChange={take} isPlain isLoose hint={t('codeHint')} onEnter={join} />
      <Field label={t('address')} value={address} onChange={setAddress} isPlain isLoose hint={t('addressHint')} onEnter={join} />
      <div className="actions"><Button className="button" isDisabled={!isReady} onPress={join}>{t('join')}</Button></div>
    </section>
  )
}
