/** The list itself: of thousands of rows only those near the window's edge are drawn, each as tall as its words. */
import { useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'react-aria-components'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import type { ScenarioId } from '../../../shared/schema.ts'
import type { Subject } from '../../tasks/library.ts'
import { addressOf } from '../../store.ts'

export type Row = { readonly kind: 'heading'; readonly domain: string; readonly count: number } | { readonly kind: 'subject'; readonly subject: Subject; readonly times: number }

export function Rows({ rows, onTakeAway }: { readonly rows: readonly Row[]; readonly onTakeAway: (id: ScenarioId) => void }) {
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    /* Where the list begins on the page, also after something above it has come or gone. */
    const measure = (): void => setTop(Math.round((list.current?.getBoundingClientRect().top ?? 0) + scrollY))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const virtual = useWindowVirtualizer({
    count: rows.length, scrollMargin: top, overscan: 8,
    estimateSize: (at) => (rows[at]?.kind === 'heading' ? 56 : 112),
    getItemKey: (at) => keyOf(rows[at], at)
  })
  return (
    <ul className="rows" ref={list} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index]
        return row === undefined ? null : (
          <li key={item.key} data-index={item.index} ref={virtual.measureElement} aria-setsize={rows.length} aria-posinset={item.index + 1} style={{ transform: `translateY(${item.start - top}px)` }}>
            {row.kind === 'heading' ? <Heading row={row} /> : <SubjectRow row={row} onTakeAway={onTakeAway} />}
          </li>
        )
      })}
    </ul>
  )
}

function Heading({ row: { domain, count } }: { readonly row: Extract<Row, { kind: 'heading' }> }) {
  const { t } = useTranslation('rehearse')
  return <h2>{t('heading', { domain: domain === '' ? t('noDomain') : domain, count })}</h2>
}

function SubjectRow({ row: { subject, times }, onTakeAway }: { readonly row: Extract<Row, { kind: 'subject' }>; readonly onTakeAway: (id: ScenarioId) => void }) {
  const { t } = useTranslation('rehearse')
  const { scenario, library, shown } = subject
  const facts = [t('row.options', { count: scenario.options.length }), ...(scenario.mode === 'action' ? [t('row.acts')] : []), t(`source.${scenario.source}`), ...(times > 0 ? [t('row.times', { count: times })] : [])]
  return (
    <div className={library === null ? 'with-tool' : undefined}>
      <a className="card" href={addressOf({ room: 'rehearse', scenario: scenario.id })}>
        <span className="line own" dir="auto" lang={shown.language ?? undefined}>{shown.situation}</span>
        <span className="quiet">{facts.join(' · ')}</span>
      </a>
      {library === null && <Button className="plain" aria-label={t('takeAway', { situation: scenario.situation.slice(0, 60) })} onPress={() => onTakeAway(scenario.id)}>✕</Button>}
    </div>
  )
}

function keyOf(row: Row | undefined, at: number): string | number {
  if (row === undefined) return at
  return row.kind === 'heading' ? `in ${row.domain}` : row.subject.scenario.id
}
