/** What is known of every domain, as of the last change of the open notebook; worked out once for all that shows it. */
import { useMemo } from 'react'
import { valuesOf } from '../../../shared/graph.ts'
import { burnedOf, type Burned } from '../../../shared/trust/counted.ts'
import { trustOf, type Trust } from '../../../shared/trust/domain.ts'
import { nowOf } from '../../../shared/trust/stale.ts'
import { useReading, useSteward } from '../../notebook.tsx'

export function useTrust(): Trust {
  const { rehearsals, domains, trials, graph } = useReading()
  const { status } = useSteward()
  const model = status?.model.kind === 'ready' ? status.model.sha256 : null
  const rules = status?.rules ?? null
  const { cards, contexts } = graph
  return useMemo(() => {
    const runs = valuesOf(trials)
    return trustOf({ rehearsals: valuesOf(rehearsals), domains, trials: runs, now: nowOf({ cards, contexts }, runs, model, rules) })
  }, [rehearsals, domains, trials, cards, contexts, model, rules])
}

/** Over all of the person's rehearsals. */
export function useBurned(): Burned {
  const { rehearsals } = useReading()
  return useMemo(() => burnedOf(valuesOf(rehearsals)), [rehearsals])
}
