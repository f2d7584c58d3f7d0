/** The page as a PDF, over the fake of Electron: asked where to, written there, refused in one clear sentence. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBridge } from '../../../main/doors/preload.ts'
import { servePrinting } from '../../../main/doors/print.ts'
import { asIpcMain, asIpcRenderer, electron, FakeContents, FakeWindow } from '../../support/electron.ts'

vi.mock('electron', async () => (await import('../../support/electron.ts')).electron)

let folder: string
let stop: () => void
let window: FakeWindow
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-print-'))
  window = new FakeWindow({})
  stop = servePrinting(asIpcMain(electron.ipcMain))
  electron.dialog.asked.length = 0
})
afterEach(() => {
  stop()
  rmSync(folder, { recursive: true })
})

const print = async (title: string): Promise<unknown> => await createBridge(asIpcRenderer(window.webContents.renderer)).print?.(title)

describe('the page as a PDF', () => {
  it('goes where the person says, named after the page, as the page’s own styles say', async () => {
    electron.dialog.place = join(folder, 'mine.pdf')
    expect(await print('Being there · Values Steward')).toEqual({ ok: true, value: join(folder, 'mine.pdf') })
    expect(electron.dialog.asked).toMatchObject([{ defaultPath: 'Being there · Values Steward.pdf', filters: [{ extensions: ['pdf'] }] }])
    expect(window.webContents.printed).toEqual([{ pageSize: 'A4', preferCSSPageSize: true, printBackground: false, generateTaggedPDF: true }])
    expect(readFileSync(join(folder, 'mine.pdf'), 'utf8')).toBe('%PDF-1.7 of this page')
  })

  it('is not made where they think better of it', async () => {
    electron.dialog.place = null
    expect(await print('x')).toEqual({ ok: true, value: null })
    expect(window.webContents.printed).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it('proposes a name that a file may have, whatever the page is called', async () => {
    electron.dialog.place = null
    for (const title of ['../../etc/passwd', 'CON: a "card" <b>?*|', '\u0000\u001F', '...', 'x'.repeat(500)]) await print(title)
    const names = electron.dialog.asked.map(({ defaultPath }) => defaultPath ?? '')
    expect(names.filter((name) => /[\u0000-\u001F"*/:<>?\\|]|^\.|^\.pdf$/u.test(name) || name.length > 110)).toEqual([])
    expect(names.slice(2, 4)).toEqual(['Values Steward.pdf', 'Values Steward.pdf'])
  })

  it('that cannot be written is a clear problem, and so is a page that is gone', async () => {
    electron.dialog.place = join(folder, 'nowhere', 'mine.pdf')
    expect(await print('x')).toMatchObject({ ok: false, error: { kind: 'storage', message: 'the PDF could not be written' } })
    stop()
    expect(await print('x')).toMatchObject({ ok: false, error: { kind: 'internal' } })
    stop = servePrinting(asIpcMain(electron.ipcMain))
  })

  it('is refused to a page that is not ours', async () => {
    electron.dialog.place = join(folder, 'mine.pdf')
    const stranger = new FakeContents(electron.ipcMain)
    stranger.frame = { url: 'https://example.org/', parent: null }
    expect(await createBridge(asIpcRenderer(stranger.renderer)).print?.('x')).toMatchObject({ ok: false, error: { kind: 'denied' } })
    expect([stranger.printed, electron.dialog.asked, readdirSync(folder)]).toEqual([[], [], []])
  })
})
