/** What a domain is called and what counts as it. Nothing is rewritten: answers keep the name they were given under, so all of it can be taken back. */
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { mergeDomains, renameDomain, unmergeDomain } from '../../../shared/commands/domain.ts'
import { valuesOf } from '../../../shared/graph.ts'
import { domainKey } from '../../../shared/rehearsal.ts'
import type { DomainTrust } from '../../../shared/trust/domain.ts'
import { Choice } from '../../components/fields/Choice.tsx'
import { Field } from '../../components/fields/Field.tsx'
import { useDomainNames } from '../../tasks/library.ts'
import { perform, useNotebook, useReading } from '../../notebook.tsx'
import { go, useView } from '../../store.ts'

export function Naming({ domain, others }: { readonly domain: DomainTrust; readonly others: readonly DomainTrust[] }) {
  const { t } = useTranslation('trust')
  const { doc } = useNotebook()
  const { domains } = useReading()
  const say = useView((view) => view.say)
  const names = useDomainNames()
  const called = names.shown(domain.name)
  const [name, setName] = useState(called)
  const [into, setInto] = useState('')
  const merged = valuesOf(domains).filter((one) => one.into === domain.key && one.key !== domainKey(domain.name))
  const other = others.find((one) => one.key === into)

  return (
    <section aria-labelledby="naming">
      <h2 id="naming">{t('naming')}</h2>
      <div className="adder">
        <Field isPlain isLoose label={t('rename')} value={name} onChange={setName} />
        <Button className="button" isDisabled={name.trim() === '' || name.trim() === called} onPress={() => {
          if (perform(renameDomain(doc, domain.name, name)) !== null) say(t('renamed', { name: name.trim() }))
        }}>{t('renameDo')}</Button>
      </div>
      {others.length > 0 && (
        <div className="adder">
          <Choice label={t('merge')} value={into} onChange={setInto} placeholder={t('mergeChoose')} options={others.map((one) => ({ key: one.key, text: names.shown(one.name) }))} />
          <Button className="button" isDisabled={other === undefined} onPress={() => {
            if (other === undefined || perform(mergeDomains(doc, domain.name, other.name)) === null) return
            say(t('merged', { name: called, other: names.shown(other.name) }))
            go({ room: 'trust', domain: other.key })
          }}>{t('mergeDo')}</Button>
        </div>
      )}
      {merged.length > 0 && (
        <>
          <h3>{t('mergedHere')}</h3>
          <ul className="merged">
            {merged.map((one) => (
              <li key={one.key}>
                <span>{names.shown(one.name)}</span>{' '}
                <Button className="plain words" onPress={() => {
                  if (perform(unmergeDomain(doc, one.key)) !== null) say(t('unmerged', { name: names.shown(one.name) }))
                }}>{t('unmerge')}</Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
