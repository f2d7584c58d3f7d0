/** The window's entry: one line to the steward, one replica, one page. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { openBridge } from './bridge.ts'
import { applyLanguage } from './language/language.ts'
import { openReplica } from './replica.ts'
import { useView } from './store.ts'
import './styles/base.css'
import './styles/frame.css'
import './styles/fields.css'
import './styles/parts.css'
import './styles/narrow.css'
import './styles/rooms.css'
import './styles/map.css'
import './styles/maptables.css'
import './styles/answer.css'
import './styles/rehearse.css'
import './styles/articulation.css'
import './styles/models.css'
import './styles/trust.css'
import './styles/devices.css'
import './styles/words.css'
import './styles/print.css'
import './styles/mappaper.css'

/* Before anything is drawn, so that a dark window never flashes. */
document.documentElement.dataset['theme'] = useView.getState().theme

/* And again when the system changes its own. */
const speak = (): void => applyLanguage(useView.getState().language)
addEventListener('languagechange', speak)
speak()

const opened = openBridge()
const replica = openReplica(opened.bridge.sync)
const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App opened={opened} replica={replica} />
    </StrictMode>
  )
}
