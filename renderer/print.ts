/** The page that is shown, on paper or as a PDF: by the browser's own dialog, or in Electron by a dialog that asks where to put the PDF. */
import i18next from 'i18next'
import { sentenceOf } from './language/problems.ts'
import { useView } from './store.ts'

export async function printPage(): Promise<void> {
  const electron = window.steward?.print
  if (electron === undefined) return print()
  /* Chromium tells the page of what it prints itself; of a PDF it is told here, so that what is only on paper is there. */
  dispatchEvent(new Event('beforeprint'))
  const done = await electron(`${document.querySelector('#room h1')?.textContent ?? ''} · Values Steward`)
  dispatchEvent(new Event('afterprint'))
  if (!done.ok) useView.getState().say(sentenceOf(done.error))
  else if (done.value !== null) useView.getState().say(i18next.t('print:saved', { path: done.value }))
}
