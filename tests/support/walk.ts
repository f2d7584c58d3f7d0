/**
 * Every room, one after another, by addresses and by what stands where, never by a name: so that it can be walked in any
 * language. What a page shows is read from it, the words of the app apart from those of a person, a file or a model
 * (`dir="auto"`, or a `lang` of their own).
 */
import type { Page } from 'playwright-core'

/** Called on each screen, as it stands. */
export type Look = (screen: string) => Promise<void>

/** An empty home: the first question, then the example with all that can be done in it. */
export async function walkExample(page: Page, look: Look): Promise<void> {
  await look('first question')
  await page.locator('.first .actions button').nth(1).click()
  await page.locator('.cards .card').first().waitFor()
  await look('values of the example')
  await page.locator('.cards .card').first().click()
  await page.locator('.versions').waitFor()
  await page.locator('.versions summary').click()
  await page.locator('.versions button').first().click()
  await page.locator('.lines .tools button').nth(1).click()
  await page.locator('.why button').first().click()
  await look('card')
  await page.locator('.card-room, article').first().waitFor()
  await at(page, '#/map')
  await page.locator('.place').first().waitFor()
  await look('map')
  await at(page, '#/map/table')
  await page.getByRole('table').first().waitFor()
  await look('map as a table')
  await at(page, '#/rehearse')
  await look('situations')
  await page.locator('.rows a.card').first().click()
  await page.locator('.you-first').waitFor()
  await page.locator('.expect .sum button').first().click()
  await look('situation')
  await ask(page)
  await page.locator('.argument summary').click()
  await page.locator('.argument button').click()
  await look('answer')
  await page.locator('.judge .radio').nth(1).click()
  for (const door of [0, 1, 2, 3]) {
    await page.locator('.mend > .actions button').nth(door).click()
    await page.locator('.mend .panel').waitFor()
    await look(`door ${door + 1}`)
  }
  await page.keyboard.press('Control+k')
  await page.getByRole('menu').waitFor()
  await look('palette')
  await page.keyboard.press('Escape')
}

/** A home that somebody has lived in, with cards in force, answers in a domain, and everything else that there is. */
export async function walkHome(page: Page, look: Look): Promise<void> {
  await at(page, '#/values')
  await page.locator('.cards .card').first().waitFor()
  await look('values')
  await page.locator('.cards .card').first().click()
  await page.locator('.versions').waitFor()
  await look('card in force')
  await at(page, '#/values/no-such-card')
  await look('card that is gone')
  await at(page, '#/words')
  await look('ways in')
  await page.locator('.way').first().click()
  await walkSession(page, look)
  await at(page, '#/rehearse')
  await page.locator('.rows a.card').first().waitFor()
  await look('situations and packs')
  await at(page, '#/rehearse/new')
  await look('new situation')
  await at(page, '#/rehearse/mail%3Aex-letter')
  await page.locator('.reminder summary').first().click()
  await look('a situation of an agent that acts')
  await ask(page)
  await page.locator('.modes').waitFor()
  await look('an answer by words and by deeds')
  await at(page, '#/rehearse/compare')
  await look('how far values help')
  await at(page, '#/rehearse/paste')
  await page.locator('textarea').fill('Something came up.\n- Say it\n- Wait\n\nAgain.\n- One\n\n{"situation": 3}')
  await page.locator('.found > li').waitFor()
  await look('an agent’s log')
  await at(page, '#/rehearse/no-such-situation')
  await look('situation that is gone')
  await at(page, '#/trust')
  await page.locator('.domain').first().waitFor()
  await look('trust')
  await page.locator('.domain h2 a').first().click()
  await page.locator('.crumb').waitFor()
  for (const closed of await page.locator('details:not([open]) > summary').all()) await closed.click()
  await look('one domain')
  await at(page, '#/agents')
  await look('agents')
  await at(page, '#/devices')
  await page.locator('.devices section').nth(1).waitFor()
  await look('devices')
  await page.locator('.devices section .actions button.primary').first().click()
  await page.locator('.pairing .code').waitFor()
  await look('a code for another device')
  await page.locator('.pairing .actions button').last().click()
  await at(page, '#/settings')
  await look('settings')
  await at(page, '#/settings/models')
  await page.locator('.shelf').first().waitFor()
  await look('models')
  await at(page, '#/help')
  await look('help')
}

/** Question after question of a session, each answered with whatever it takes, until no more are asked. */
async function walkSession(page: Page, look: Look): Promise<void> {
  for (let turn = 1; turn <= 14; turn += 1) {
    await page.locator('.asking h1').waitFor()
    await look(`question ${turn}`)
    const asked = await page.locator('.asking h1').textContent()
    const part = page.locator('.asking .ask')
    if ((await part.count()) === 0) return
    const field = part.locator('textarea, input[type="text"], input:not([type])')
    if ((await part.locator('.radio').count()) > 0) await part.locator('.radio').first().click()
    else if ((await part.locator('.lines').count()) > 0) await field.first().fill('MOMENTS when somebody says nothing and means a lot by it')
    else await field.first().fill('I stayed with my brother because I noticed that he was quieter than usual, and I was sure he needed me.')
    await part.locator('.actions button.primary').click()
    await page.waitForFunction((before) => document.querySelector('.asking h1')?.textContent !== before || document.querySelector('.asking .ask') === null, asked, { timeout: 5_000 }).catch(() => undefined)
    if ((await page.locator('.asking h1').textContent()) === asked) await part.locator('.beside button').first().click()
  }
}

/** Asked before, one rehearses it again. */
async function ask(page: Page): Promise<void> {
  const first = page.locator('.you-first .actions button.primary')
  await page.locator('.rehearsal .actions button.primary').first().waitFor()
  if ((await first.count()) === 0) await page.locator('.rehearsal .actions button.primary').click()
  await first.click()
  await page.locator('.outcome').waitFor({ timeout: 90_000 })
}

/** To an address within the window, and until its page is there. */
async function at(page: Page, address: string): Promise<void> {
  await page.evaluate((next) => {
    location.hash = next
  }, address)
  await page.locator('#room h1').first().waitFor()
}

export interface Said {
  /** Words that are seen, and names and hints that are heard or stand in a field. */
  readonly text: string
  readonly where: string
  /** The sentence that it is a part of, with what others wrote in it. */
  readonly whole: string
}

/** What the app itself says on this page; with the texts of others that stand there, which names may repeat. */
export async function readSaid(page: Page): Promise<{ readonly said: readonly Said[]; readonly others: readonly string[] }> {
  return await page.evaluate(() => {
    const foreign = '[dir="auto"], [lang]:not(html), script, style, time, kbd, .react-flow__attribution'
    const said: { text: string; where: string; whole: string }[] = []
    const wholeOf = (element: Element): string => {
      /* Words of somebody's within a sentence split it. */
      if (element.querySelector(':scope > [dir="auto"]') !== null) return element.textContent?.trim() ?? ''
      let box: Element = element
      while (box.parentElement !== null && getComputedStyle(box).display === 'inline') box = box.parentElement
      return box.textContent?.trim() ?? ''
    }
    const whereOf = (element: Element): string => `${element.tagName.toLowerCase()}${element.className !== '' && typeof element.className === 'string' ? `.${element.className.trim().replaceAll(/\s+/gu, '.')}` : ''}`
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (element === null || text === '' || element.closest(foreign) !== null || !element.checkVisibility()) continue
      said.push({ text, where: whereOf(element), whole: wholeOf(element) })
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title], [alt], [aria-valuetext]')) {
      if (!element.checkVisibility()) continue
      for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'aria-valuetext']) {
        const text = element.getAttribute(name)?.trim() ?? ''
        if (text !== '' && element.closest('script, style, .react-flow__attribution') === null) said.push({ text, where: `${whereOf(element)}[${name}]`, whole: text })
      }
    }
    said.push({ text: document.title, where: 'title', whole: document.title })
    const others = [...document.querySelectorAll('[dir="auto"]')].map((element) => (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.value : (element.textContent ?? '')).trim()).filter((text) => text !== '')
    return { said, others }
  })
}

/** Words that run out of what they stand in, that are cut off, or that have no room in their field; those of others left out. */
export async function readClipped(page: Page): Promise<readonly string[]> {
  return await page.evaluate(() => {
    const found: string[] = []
    const slack = 1.5
    const root = document.documentElement
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth - root.clientWidth} px wider than the window`)
    const isUnseen = (element: Element): boolean => element.closest('.unseen, .skip, .hidden-file, [style*="clip"]') !== null
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (element === null || text === '' || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || isUnseen(element) || element.closest('option, script, style, svg, .react-flow') !== null) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      const rects = [...range.getClientRects()].filter(({ width }) => width > 0)
      /* The nearest box that is not a part of a line; a box that scrolls holds all that can be scrolled to. */
      let box: Element | null = element
      while (box !== null && getComputedStyle(box).display.startsWith('inline') && !/block|flex|grid/u.test(getComputedStyle(box).display)) box = box.parentElement
      let scrolls = false
      for (let around = box; around !== null && around !== document.body; around = around.parentElement) {
        const style = getComputedStyle(around)
        const outer = around.getBoundingClientRect()
        const isEdge = around === box || (/hidden|clip/u.test(style.overflowX) && !scrolls)
        if (isEdge && rects.some(({ left, right }) => left < outer.left - slack || right > outer.right + slack)) found.push(`“${text.slice(0, 50)}” runs out of ${around.tagName.toLowerCase()}.${String(around.className)}`)
        if (/hidden|clip/u.test(style.overflowY) && element.closest('[dir="auto"]') === null && !scrolls && rects.some(({ top, bottom }) => top < outer.top - slack || bottom > outer.bottom + slack)) found.push(`“${text.slice(0, 50)}” is cut off by ${around.tagName.toLowerCase()}.${String(around.className)}`)
        if (/auto|scroll/u.test(style.overflowX)) scrolls = true
      }
      if (/hidden|clip/u.test(getComputedStyle(element).overflowX) && element.closest('[dir="auto"]') === null && element.scrollWidth > element.clientWidth + slack) found.push(`“${text.slice(0, 50)}” is wider than its box`)
    }
    const canvas = document.createElement('canvas').getContext('2d')
    for (const field of document.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input[placeholder], select')) {
      if (!field.checkVisibility() || canvas === null) continue
      const words = field instanceof HTMLSelectElement ? (field.value === '' ? (field.selectedOptions[0]?.text ?? '') : '') : field.value === '' ? field.placeholder : ''
      const style = getComputedStyle(field)
      const { fontStyle, fontWeight, fontSize, fontFamily } = field instanceof HTMLSelectElement ? style : getComputedStyle(field, '::placeholder')
      canvas.font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`
      const room = field.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight)
      if (canvas.measureText(words).width > room + slack) found.push(`“${words.slice(0, 50)}” has no room in its field`)
    }
    return [...new Set(found)]
  })
}
