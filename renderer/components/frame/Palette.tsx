/** Ctrl or Cmd with K: any room, value, situation, part of life or deed (deeds.ts) by a few letters of its words. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Autocomplete, Dialog, Input, Menu, MenuItem, Modal, ModalOverlay, TextField } from 'react-aria-components'
import { valuesOf } from '../../../shared/graph.ts'
import { domainOf } from '../../../shared/rehearsal.ts'
import type { CardId } from '../../../shared/schema.ts'
import { deeds } from '../../tasks/deeds.ts'
import { useDomainNames, useSubjects } from '../../tasks/library.ts'
import { useReading, useSteward } from '../../notebook.tsx'
import { nameOf } from '../../tasks/priorities.ts'
import { go, useView, type Route } from '../../store.ts'

interface Place {
  readonly key: string
  readonly text: string
  readonly kind: 'do' | 'room' | 'value' | 'situation' | 'domain'
  readonly run: () => void
  readonly isOwn: boolean
}

const shown = 12

/** By the keys of their words. */
const fixed: readonly Place[] = [
  place('room.values', 'room', { room: 'values', card: null }),
  place('room.map', 'room', { room: 'map', view: 'picture' }),
  place('room.rehearse', 'room', { room: 'rehearse', scenario: null }),
  place('room.trust', 'room', { room: 'trust', domain: null }),
  place('room.agents', 'room', { room: 'agents' }),
  place('room.devices', 'room', { room: 'devices' }),
  place('room.settings', 'room', { room: 'settings' }),
  place('room.help', 'room', { room: 'help' })
]

export function Palette() {
  const { t } = useTranslation('frame')
  const { isPaletteOpen, setPalette } = useView()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setPalette(!useView.getState().isPaletteOpen)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [setPalette])
  return (
    <ModalOverlay className="overlay top" isDismissable isOpen={isPaletteOpen} onOpenChange={setPalette}>
      <Modal className="modal palette">
        <Dialog aria-label={t('goTo')}><Search /></Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Search() {
  const { t } = useTranslation('frame')
  const steward = useSteward()
  const { graph, rehearsals, domains } = useReading()
  const subjects = useSubjects()
  const names = useDomainNames()
  const { route, setPalette } = useView()
  const [words, setWords] = useState('')
  const wanted = words.trim().toLocaleLowerCase()
  const here = route.room === 'values' && route.card !== null ? graph.cards[route.card as CardId] : undefined
  const lives = new Map(valuesOf(rehearsals).map(({ domain }) => domainOf(domains, domain)).map(({ key, name }) => [key, name]))
  const all = [
    ...deeds(steward, here).map(({ key, text, run }): Place => ({ key: `do ${key}`, text, kind: 'do', run, isOwn: false })),
    ...fixed.map((each) => ({ ...each, text: t(each.text) })),
    ...[...lives].map(([key, name]): Place => ({ ...place(names.shown(name), 'domain', { room: 'trust', domain: key }), isOwn: true })),
    ...valuesOf(graph.cards).map((card): Place => ({ ...place(nameOf(graph, card.id), 'value', { room: 'values', card: card.id }), isOwn: true })),
    ...subjects.map(({ scenario, shown: { situation } }): Place => ({ ...place(situation, 'situation', { room: 'rehearse', scenario: scenario.id }), isOwn: true }))
  ]
  const found = all.filter(({ text }) => wanted.split(/\s+/u).every((word) => text.toLocaleLowerCase().includes(word))).slice(0, shown)
  return (
    <Autocomplete inputValue={words} onInputChange={setWords}>
      <TextField aria-label={t('whereTo')} autoFocus data-loose>
        <Input placeholder={t('whereTo.hint')} />
      </TextField>
      <Menu
        items={found}
        aria-label={t('places')}
        className="places"
        renderEmptyState={() => <span className="quiet">{t('places.none', { words: words.trim() })}</span>}
        onAction={(key) => {
          const chosen = found.find((each) => each.key === key)
          setPalette(false)
          chosen?.run()
        }}
      >
        {({ key, text, kind, isOwn }) => (
          <MenuItem id={key} textValue={text} className="item">
            <span {...(isOwn ? { className: 'own', dir: 'auto' } : {})}>{text}</span>{' '}
            <span className="quiet">{t(`place.${kind}`)}</span>
          </MenuItem>
        )}
      </Menu>
    </Autocomplete>
  )
}

function place(text: string, kind: Place['kind'], route: Route): Place {
  return { key: JSON.stringify(route), text, kind, run: () => go(route), isOwn: false }
}
