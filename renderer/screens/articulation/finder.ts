/** Phrases of a story: by the rules at once, put in order by the model where it answers within a moment. */
import { useCallback, useEffect, useState } from 'react'
import { kindByForm } from '../../../shared/articulation/lint.ts'
import { orderPhrases, phrasesIn } from '../../../shared/articulation/phrases.ts'
import type { LineKind } from '../../../shared/ports.ts'
import { useSteward } from '../../notebook.tsx'

/** Milliseconds that one waits for the model before the rules' own order stands. */
const patience = 600
const shown = 6
const candidates = 12
/** What a phrase is compared with: the question itself, and nothing of a subject. */
const sought = 'what I noticed, what somebody needed or felt, and what mattered to me when I decided'

export function useFinder(): (story: string) => Promise<readonly string[]> {
  const { bridge, status } = useSteward()
  const isReady = status?.model.kind === 'ready'
  return useCallback(async (story) => {
    const found = phrasesIn(story, candidates)
    const own = phrasesIn(story, shown).map(({ text }) => text)
    if (!isReady || found.length <= shown) return own
    const ranked = await Promise.race([
      bridge.call('rank', { query: sought, candidates: found.map(({ text }) => text) }),
      new Promise<null>((resolve) => setTimeout(() => resolve(null), patience))
    ])
    return ranked?.ok === true ? orderPhrases(found, ranked.value, shown).map(({ text }) => text) : own
  }, [bridge, isReady])
}

/** What kind each line is: by its form, else as the model reads it (once it has); null for as long as nobody says. */
export function useKinds(lines: readonly string[]): (line: string) => { readonly kind: LineKind | null; readonly isByModel: boolean } {
  const { bridge, status } = useSteward()
  const isReady = status?.model.kind === 'ready'
  const [read, setRead] = useState<ReadonlyMap<string, LineKind>>(new Map())
  const unsure = lines.filter((line) => line.trim() !== '' && kindByForm(line) === null && !read.has(line)).slice(0, 50)
  const asked = JSON.stringify(unsure)
  useEffect(() => {
    const wanted = JSON.parse(asked) as string[]
    if (!isReady || wanted.length === 0) return
    /* Not at every letter. */
    const timer = setTimeout(() => {
      void bridge.call('kinds', { lines: wanted }).then((answer) => {
        if (answer.ok) setRead((before) => new Map([...before, ...wanted.flatMap((line, at) => (answer.value[at] === undefined ? [] : [[line, answer.value[at]] as const]))]))
      })
    }, 500)
    return () => clearTimeout(timer)
  }, [asked, bridge, isReady])
  return (line) => {
    const form = kindByForm(line)
    return { kind: form ?? read.get(line) ?? null, isByModel: form === null && read.has(line) }
  }
}
