/** Rules that one holds to, beside the values; and the notes of slogans and beliefs. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { editNorm, removeNorm } from '../../../shared/commands/norm.ts'
import { removeNote, startSession } from '../../../shared/commands/session.ts'
import { valuesOf } from '../../../shared/graph.ts'
import type { NormId } from '../../../shared/schema.ts'
import { newMaker, perform, useNotebook, useReading } from '../../notebook.tsx'
import { go, useView } from '../../store.ts'
import { namedWords } from '../../language/words.ts'
import { NormFields } from './NormFields.tsx'

/** A norm that was retired is in force with belief 0: it is kept, and weighs nothing. */
export function Norms() {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { graph } = useReading()
  const say = useView((view) => view.say)
  const [open, setOpen] = useState<NormId | null>(null)
  const norms = valuesOf(graph.norms)
  return (
    <section className="norms" aria-label={t('norms.title')}>
      <h2>{t('norms.title')}</h2>
      <p className="quiet">{t(norms.length === 0 ? 'norms.empty' : 'norms.lead')}</p>
      <ul className="cards">
        {norms.map((norm) => {
          const isRetired = norm.inForce === 0
          return (
            <li key={norm.id} className={`norm card${isRetired ? ' retired' : ''}`}>
              <span className="title own" dir="auto">{norm.text}</span>
              {isRetired && <span className="chip">{t('norms.retired')}</span>}
              <span className="quiet">{t(`norms.force.${norm.force}`)}{norm.holder.trim() === '' ? '' : ` · ${t('norms.of', { holder: norm.holder })}`}{norm.intrinsic ? '' : ` · ${t('norms.extrinsic')}`}</span>
              <span className="actions-row">
                <Button className="plain words" aria-expanded={open === norm.id} aria-label={namedWords(t('norms.edit'), norm.text)} onPress={() => setOpen(open === norm.id ? null : norm.id)}>{t('norms.edit')}</Button>
                <Button className="plain words" aria-label={namedWords(t(isRetired ? 'norms.revive' : 'norms.retire'), norm.text)} onPress={() => perform(editNorm(doc, norm.id, { inForce: isRetired ? 1 : 0 }))}>{t(isRetired ? 'norms.revive' : 'norms.retire')}</Button>
                {isRetired && <Button className="plain words" aria-label={namedWords(t('norms.remove'), norm.text)} onPress={() => {
                  if (perform(removeNorm(doc, norm.id)) !== null) say(t('norms.removed'))
                }}>{t('norms.remove')}</Button>}
              </span>
              {open === norm.id && <NormFields norm={norm} onDone={() => setOpen(null)} />}
            </li>
          )
        })}
      </ul>
      <p><Button className="button" onPress={() => {
        const id = perform(startSession(doc, 'rule', newMaker()))
        if (id !== null) go({ room: 'words', session: id, card: null })
      }}>{t('norms.add')}</Button></p>
    </section>
  )
}

export function Notes() {
  const { t } = useTranslation('articulation')
  const { doc } = useNotebook()
  const { notes } = useReading()
  const say = useView((view) => view.say)
  const all = valuesOf(notes).toSorted((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? -1 : 1))
  if (all.length === 0) return null
  return (
    <section className="notes" aria-label={t('notes.title')}>
      <h2>{t('notes.title')}</h2>
      <p className="quiet">{t('notes.lead')}</p>
      <ul>
        {all.map((note) => (
          <li key={note.id} className="with-tool">
            <span><span className="own" dir="auto">{note.text}</span> <span className="quiet">{t(`notes.${note.kind}`)}{note.kind === 'slogan' ? ` · ${t('notes.ask')}` : ''}</span></span>
            <Button className="plain" aria-label={t('notes.remove', { text: note.text.slice(0, 60) })} onPress={() => {
              if (perform(removeNote(doc, note.id)) !== null) say(t('notes.removed'))
            }}>✕</Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
