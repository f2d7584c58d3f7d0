/** A home with many answers: ten parts of life with a share each that was not approved, and one card. */
import { randomBytes } from 'node:crypto'
import { openHome } from '../../main/replica.ts'
import { addCard, setStatus } from '../../shared/commands/card.ts'
import { rehearsalMap } from '../../shared/commands/rehearsal.ts'
import { createMaker, valueOf } from './document.ts'
import { answer } from './people.ts'

/** `count` answers, a tenth in each of "part 0" to "part 9"; of part n, n in ten were not approved, the oldest. */
export async function writeAnswers(directory: string, count: number): Promise<void> {
  const home = valueOf(await openHome({ directory, mode: 'write', random: { bytes: (length) => randomBytes(length) } }))
  const maker = createMaker('made')
  setStatus(home.doc, valueOf(addCard(home.doc, { title: 'Being there', policies: ['FRIENDS who are alone'] }, maker)), 'endorsed', maker)
  home.doc.transact(() => {
    for (let number = 0; number < count; number += 1) {
      const part = number % 10
      const rehearsal = answer(number, { domain: `part ${part}`, at: Date.now() - 20_000_000_000 + number * 1_000_000, verdict: Math.floor(number / 10) < (part * count) / 100 ? 'not-that' : 'yes' })
      home.doc.getMap('rehearsals').set(rehearsal.id, rehearsalMap(rehearsal))
    }
  })
  valueOf(await home.saved())
  await home.close()
}
