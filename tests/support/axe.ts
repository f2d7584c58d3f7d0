/** What axe has against a page as it stands: the rule and where it is broken, a line each. */
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** `within`: a selector, for a part of the page. */
export async function axeViolations(page: Page, within: string | null = null): Promise<readonly string[]> {
  const builder = (await builderFor(page)).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
  const { violations } = await (within === null ? builder : builder.include(within)).analyze()
  const found: string[] = []
  for (const { id, nodes } of violations) for (const node of nodes) {
    const [target] = node.target
    if (id === 'target-size' && typeof target === 'string' && !(await isSmall(page, target))) continue
    found.push(`${id} at ${node.target.join(' ')}: ${node.html.slice(0, 200)}`)
  }
  return found
}

/**
 * Without the extra page that axe opens at each call to gather what frames say: there are no frames here, and it takes most of the time.
 * It comes into a page once, not at each call, and tells only what it has against it, not all that is well.
 */
async function builderFor(page: Page): Promise<AxeBuilder> {
  const isThere = await page.evaluate(() => 'axe' in globalThis)
  return new AxeBuilder({ page, ...(isThere ? { axeSource: ';' } : {}) }).setLegacyMode(true).options({ resultTypes: ['violations'] })
}

/** Also in the middle of the window: half under the bar at the foot of a narrow one it only stands until one scrolls. */
async function isSmall(page: Page, target: string): Promise<boolean> {
  const before = await page.locator(target).evaluate((element) => {
    const { scrollX, scrollY } = globalThis
    element.scrollIntoView({ block: 'center' })
    return [scrollX, scrollY] as const
  })
  const { violations } = await (await builderFor(page)).withRules(['target-size']).include(target).analyze()
  await page.evaluate(([x, y]) => scrollTo(x, y), before)
  return violations.length > 0
}

/** What axe has against a page as it stands, and how far its words run out of the window; nothing where all is well. `within`: as above. */
export async function faultsOf(page: Page, within: string | null = null): Promise<readonly string[]> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  return [...(await axeViolations(page, within)), ...(over > 0 ? [`it runs ${over} px out of the window`] : [])]
}
