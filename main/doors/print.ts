/**
 * The page of the Electron window as a PDF: asks where to put it, and puts it there. The page's own styles say what is on it.
 *
 * Invariants: only our own page may ask; nothing is written before the person chose where; what fails is one clear problem.
 */
import { writeFile } from 'node:fs/promises'
import { BrowserWindow, dialog, type IpcMain } from 'electron'
import { fail, ok, type Result } from '../../shared/result.ts'
import { channels } from './channels.ts'
import { isTrusted } from './ipc.ts'

/** Serves it until the returned function is called; gives the path of the file, or null where the person thought better of it. */
export function servePrinting(ipcMain: IpcMain): () => void {
  ipcMain.handle(channels.print, async (event, title: unknown): Promise<Result<string | null>> => {
    if (!isTrusted(event)) return fail('denied', 'a page that is not ours asked for your values and was refused', 'close it; nothing was shown to it')
    try {
      const options = { defaultPath: `${fileName(title)}.pdf`, filters: [{ name: 'PDF', extensions: ['pdf'] }] }
      const window = BrowserWindow.fromWebContents(event.sender)
      const { canceled, filePath } = window === null ? await dialog.showSaveDialog(options) : await dialog.showSaveDialog(window, options)
      if (canceled || filePath === '') return ok(null)
      await writeFile(filePath, await event.sender.printToPDF({ pageSize: 'A4', preferCSSPageSize: true, printBackground: false, generateTaggedPDF: true }))
      return ok(filePath)
    } catch {
      return fail('storage', 'the PDF could not be written', 'choose another folder, or free some room on the disk')
    }
  })
  return () => ipcMain.removeHandler(channels.print)
}

/** The page's title without what no file may be called. */
function fileName(title: unknown): string {
  const plain = typeof title === 'string' ? title.toWellFormed().replace(/[\u0000-\u001F"*/:<>?\\|\u007F]/gu, ' ').replace(/\s+/gu, ' ').replace(/^[\s.]+|[\s.]+$/gu, '') : ''
  return plain === '' ? 'Values Steward' : plain.slice(0, 100).toWellFormed().trim()
}
