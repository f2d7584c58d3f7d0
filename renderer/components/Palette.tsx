/** Ctrl or Cmd with K: to any room, card, situation or main action by a few letters of its name. */
import { useEffect, useState } from 'react'
import { Autocomplete, Dialog, Input, Menu, MenuItem, Modal, ModalOverlay, TextField } from 'react-aria-components'
import { valuesOf } from '../../shared/graph.ts'
import { useReading } from '../notebook.tsx'
import { nameOf } from '../priorities.ts'
import { go, useView, type Route } from '../store.ts'
import { rooms } from '../words.ts'

interface Place {
  readonly key: string
  readonly text: string
  readonly kind: string
  readonly route: Route
  readonly isOwn: boolean
}

const shown = 12

const fixed: readonly Place[] = [
  place('Put a value into words', 'do', { room: 'words', session: null, card: null }),
  place('Rehearse a situation', 'do', { room: 'rehearse', scenario: 'new' }),
  place(rooms.values, 'room', { room: 'values', card: null }),
  place(rooms.map, 'room', { room: 'map', view: 'picture' }),
  place('Map as a table', 'room', { room: 'map', view: 'table' }),
  place(rooms.rehearse, 'room', { room: 'rehearse', scenario: null }),
  place(rooms.trust, 'room', { room: 'trust', domain: null }),
  place(rooms.devices, 'room', { room: 'devices' }),
  place(rooms.settings, 'room', { room: 'settings' }),
  place('Models on this device', 'room', { room: 'settings', page: 'models' }),
  place(rooms.help, 'room', { room: 'help' })
]

export function Palette() {
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
        <Dialog aria-label="Go to">{({ close }) => <Search close={close} />}</Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Search({ close }: { readonly close: () => void }) {
  const { graph, scenarios } = useReading()
  const [words, setWords] = useState('')
  const wanted = words.trim().toLowerCase()
  const all = [
    ...fixed,
    ...valuesOf(graph.cards).map((card): Place => ({ ...place(nameOf(graph, card.id), 'value', { room: 'values', card: card.id }), isOwn: true })),
    ...valuesOf(scenarios).map((scenario): Place => ({ ...place(scenario.situation, 'situation', { room: 'rehearse', scenario: scenario.id }), isOwn: true }))
  ]
  const found = all.filter(({ text }) => text.toLowerCase().includes(wanted)).slice(0, shown)
  return (
    <Autocomplete inputValue={words} onInputChange={setWords}>
      <TextField aria-label="Where to?" autoFocus data-loose>
        <Input placeholder="A room, a value, a situation …" />
      </TextField>
      <Menu
        items={found}
        aria-label="Places"
        className="places"
        renderEmptyState={() => <span className="quiet">Nothing here has “{words.trim()}” in its name.</span>}
        onAction={(key) => {
          const chosen = found.find((each) => each.key === key)
          close()
          if (chosen !== undefined) go(chosen.route)
        }}
      >
        {({ key, text, kind, isOwn }) => (
          <MenuItem id={key} textValue={text} className="item">
            <span className={isOwn ? 'own' : undefined}>{text}</span>{' '}
            <span className="quiet">{kind}</span>
          </MenuItem>
        )}
      </Menu>
    </Autocomplete>
  )
}

function place(text: string, kind: string, route: Route): Place {
  return { key: JSON.stringify(route), text, kind, route, isOwn: false }
}
