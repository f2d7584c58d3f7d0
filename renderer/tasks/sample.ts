/** The sample: three values of an invented person, two priorities and two situations, in the language of the window, for the sandbox alone. */
import i18next from 'i18next'
import type * as Y from 'yjs'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import { addContext } from '../../shared/commands/context.ts'
import type { Maker } from '../../shared/commands/edit.ts'
import { setPriority } from '../../shared/commands/priority.ts'
import { addScenario } from '../../shared/commands/scenario.ts'
import type { Result } from '../../shared/result.ts'

export function fillSample(doc: Y.Doc, { now, newId }: Maker): void {
  /* One after the other, as written by hand: lists and the map show them in this order. */
  let made = 0
  const maker = (): Maker => ({ now: now + (made += 1), newId })
  const grieving = must(addContext(doc, i18next.t('sample:when.grieving'), maker()))
  const friends = must(addContext(doc, i18next.t('sample:when.friend'), maker()))
  const work = must(addContext(doc, i18next.t('sample:when.work'), maker()))
  const card = (title: string, contexts: readonly (typeof grieving)[], policies: readonly string[], story: string) => {
    const id = must(addCard(doc, { title, contexts, policies, story, kind: 'constitutive' }, maker()))
    must(setStatus(doc, id, 'endorsed', maker()))
    return id
  }
  const quiet = card(i18next.t('sample:quiet'), [friends, grieving], [
    i18next.t('sample:quiet.1'),
    i18next.t('sample:quiet.2')
  ], i18next.t('sample:quiet.story'))
  const word = card(i18next.t('sample:word'), [work], [
    i18next.t('sample:word.1'),
    i18next.t('sample:word.2')
  ], i18next.t('sample:word.story'))
  const there = card(i18next.t('sample:there'), [grieving, friends], [
    i18next.t('sample:there.1'),
    i18next.t('sample:there.2')
  ], i18next.t('sample:there.story'))
  must(setPriority(doc, { from: word, to: there, context: grieving, reallyAbout: i18next.t('sample:word.about'), confused: i18next.t('sample:word.confused') }, maker()))
  must(setPriority(doc, { from: quiet, to: there, context: grieving, reallyAbout: i18next.t('sample:quiet.about') }, maker()))
  must(addScenario(doc, {
    domain: i18next.t('sample:domain'), mode: 'theory', source: 'yours',
    situation: i18next.t('sample:silent'),
    options: [i18next.t('sample:silent.1'), i18next.t('sample:silent.2')]
  }, maker()))
  must(addScenario(doc, {
    domain: i18next.t('sample:domain'), mode: 'theory', source: 'yours',
    situation: i18next.t('sample:father'),
    options: [i18next.t('sample:father.1'), i18next.t('sample:father.2'), i18next.t('sample:father.3')]
  }, maker()))
}

function must<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.error.message)
  return result.value
}
