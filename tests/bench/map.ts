/**
 * The map with a thousand cards, drawn by Chromium in software: the time from one frame to the next while it is panned and
 * zoomed by the mouse, beside an empty page under the same input in the same run; how often React renders meanwhile; and how
 * long the room and its tables take to open. 16.7 ms a frame are 60 frames a second.
 */
import { once } from 'node:events'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { countCommits, fillMap, writeHome } from '../support/map.ts'
import { openChromium, openPage, startApp } from '../support/window.ts'
import type { Measurement } from './run.ts'

const cards = 1_000
const seconds = 4

export async function benchMap(): Promise<readonly Measurement[]> {
  const app = await startApp()
  const browser = await openChromium()
  try {
    const gone = once(app.process, 'close')
    app.process.kill('SIGTERM')
    await gone
    await writeHome(app.home, (doc) => void fillMap(doc, cards))
    await app.start()
    const { page } = await openPage(browser, app.address)
    await page.getByRole('link', { name: 'Values' }).first().waitFor()
    const opened = await timeOf(page, '#/map', '.lane')
    await page.getByRole('button', { name: 'Open all' }).click()
    await page.waitForFunction((all) => document.querySelectorAll('.place').length >= all, cards)
    const commits = await countCommits(page)
    await page.waitForFunction((all) => document.querySelectorAll('.place').length >= all, cards)
    const shown = await page.locator('.place').count()
    /* What the state line says of the model is no part of this. */
    await page.getByText('The model is getting ready').waitFor({ state: 'detached' })
    const before = await commits()
    const panned = await framesOf(page, '.map-view', 'pan')
    const rendered = (await commits()) - before
    const zoomed = await framesOf(page, '.map-view', 'zoom')
    const table = await timeOf(page, '#/map/table', 'table')
    const [emptyPan, emptyZoom] = await emptyPage(browser)
    process.stderr.write(`${shown} cards stand on the map; React rendered ${rendered} times while panning\n`)
    return [
      measure(`map: ${cards} cards, frame while panning, p50`, quantile(panned, 0.5), quantile(emptyPan, 0.5), 'an empty page under the same input, p50'),
      measure(`map: ${cards} cards, frame while panning, p95`, quantile(panned, 0.95), quantile(emptyPan, 0.95), 'an empty page under the same input, p95'),
      measure(`map: ${cards} cards, frame while zooming, p50`, quantile(zoomed, 0.5), quantile(emptyZoom, 0.5), 'an empty page under the same input, p50'),
      measure(`map: ${cards} cards, frame while zooming, p95`, quantile(zoomed, 0.95), quantile(emptyZoom, 0.95), 'an empty page under the same input, p95'),
      { name: 'map: renderings by React while panning', value: rendered, unit: 'commits', reference: 1, reference_name: 'none is wanted', ratio: rendered },
      measure(`map: ${cards} cards, opening the room`, opened, 1_000, 'one second'),
      measure(`map: ${cards} cards, opening the tables`, table, 1_000, 'one second')
    ]
  } finally {
    await browser.close()
    await app.end()
  }
}

/** Milliseconds from going to `hash` until `selector` is there and two frames have been drawn. */
export async function timeOf(page: Page, hash: string, selector: string): Promise<number> {
  return await page.evaluate(async ([to, what]) => {
    const started = performance.now()
    location.hash = to
    while (document.querySelector(what) === null) await new Promise((resolve) => requestAnimationFrame(resolve))
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    return performance.now() - started
  }, [hash, selector] as const)
}

async function emptyPage(browser: Browser): Promise<readonly [readonly number[], readonly number[]]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.setContent('<!doctype html><title>empty</title><div id="view" style="height:600px;overflow:auto"><div style="height:40000px"></div></div>')
  const [pan, zoom] = [await framesOf(page, '#view', 'pan'), await framesOf(page, '#view', 'zoom')]
  await page.close()
  return [pan, zoom]
}

/** Milliseconds from frame to frame, as the page itself sees them, while the wheel turns over `selector`. */
async function framesOf(page: Page, selector: string, how: 'pan' | 'zoom'): Promise<readonly number[]> {
  const view = page.locator(selector)
  await view.scrollIntoViewIfNeeded()
  const box = await view.boundingBox()
  if (box === null) throw new Error(`${selector} is not to be seen`)
  const devtools = await page.context().newCDPSession(page)
  const frames = page.evaluate(async (milliseconds) => {
    const times: number[] = []
    const started = performance.now()
    await new Promise<void>((resolve) => {
      const look = (time: number): void => {
        times.push(time)
        if (performance.now() - started < milliseconds) requestAnimationFrame(look)
        else resolve()
      }
      requestAnimationFrame(look)
    })
    return times.slice(1).map((time, at) => time - (times[at] ?? time))
  }, seconds * 1_000)
  let isOver = false
  const turning = turn(devtools, box.x + box.width / 2, Math.min(700, box.y + box.height / 2), how, () => isOver)
  const measured = await frames
  isOver = true
  await turning
  await devtools.detach()
  return measured
}

async function turn(devtools: CDPSession, x: number, y: number, how: 'pan' | 'zoom', isOver: () => boolean): Promise<void> {
  for (let step = 0; !isOver(); step += 1) {
    const isDown = Math.floor(step / 60) % 3 < 2
    await devtools.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX: 0, deltaY: how === 'pan' ? (isDown ? 60 : -60) : step % 30 < 15 ? 20 : -20, modifiers: how === 'zoom' ? 2 : 0 })
    await new Promise((resolve) => setTimeout(resolve, 8))
  }
}

function measure(name: string, value: number, reference: number, referenceName: string): Measurement {
  return { name, value: round(value), unit: 'ms', reference: round(reference), reference_name: referenceName, ratio: round(value / reference) }
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
