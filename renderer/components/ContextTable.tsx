/** The kinds of situation: their words, which is part of which, which means the same as another; each can be taken back. */
import { Button } from 'react-aria-components'
import { mergeContexts, nestContext, removeContext, renameContext, unmergeContext } from '../../shared/commands/context.ts'
import { valuesOf } from '../../shared/graph.ts'
import type { Context, ContextId } from '../../shared/schema.ts'
import { perform, useNotebook, useReading } from '../notebook.tsx'
import { useView } from '../store.ts'
import { counted, whenWords } from '../words.ts'
import { Choice } from './Choice.tsx'
import { Field } from './Field.tsx'

export function ContextTable() {
  const { graph } = useReading()
  const contexts = valuesOf(graph.contexts)
  if (contexts.length === 0) return null
  return (
    <section className="scroll" aria-label="Kinds of situation">
      <table>
        <caption>{counted(contexts.length, 'kind of situation', 'kinds of situation')}</caption>
        <thead><tr><th scope="col">When</th><th scope="col">is part of</th><th scope="col">means the same as</th><th scope="col">actions</th></tr></thead>
        <tbody>{contexts.map((context) => <Row key={context.id} context={context} contexts={contexts} />)}</tbody>
      </table>
    </section>
  )
}

function Row({ context, contexts }: { readonly context: Context; readonly contexts: readonly Context[] }) {
  const { doc } = useNotebook()
  const say = useView((view) => view.say)
  const words = whenWords(context.text)
  const others = contexts.filter(({ id, synonymOf }) => id !== context.id && synonymOf === null)
  const choices = (none: string) => [{ key: 'none', text: none }, ...others.map(({ id, text }) => ({ key: id as string, text: whenWords(text) }))]
  return (
    <tr>
      <th scope="row"><Field label={`Words of “${words}”`} isLabelHidden value={context.text} onChange={(text) => text.trim() !== '' && perform(renameContext(doc, context.id, text))} /></th>
      <td>
        <Choice label={`What “${words}” is part of`} isLabelHidden value={context.within[0] ?? 'none'} options={choices('nothing wider')} onChange={(wider) => perform(nestContext(doc, context.id, wider === 'none' ? [] : [wider as ContextId]))} />
      </td>
      <td>
        <Choice label={`What “${words}” means the same as`} isLabelHidden value={context.synonymOf ?? 'none'} options={choices('nothing else')} onChange={(same) => perform(same === 'none' ? unmergeContext(doc, context.id) : mergeContexts(doc, context.id, same as ContextId))} />
      </td>
      <td>
        <Button className="button" aria-label={`Take away “${words}”`} onPress={() => {
          if (perform(removeContext(doc, context.id)) !== null) say(`Taken away: ${words}.`)
        }}>Take away</Button>
      </td>
    </tr>
  )
}
