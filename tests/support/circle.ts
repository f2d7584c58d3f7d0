/** What the tests of a circle have in common: devices that are closed behind each test, what is on them, and one that is added to another. */
import { afterEach } from 'vitest'
import { addCard } from '../../shared/commands/card.ts'
import { readGraph } from '../../shared/document/document.ts'
import { valueOf } from './document.ts'
import { openDevice, type Device, type DeviceOptions } from './peers.ts'

/** For a test file: its devices are closed after each test, those too that it put among `open` itself. */
export function devicesOfTests(): { readonly open: Device[]; readonly device: (name: string, options?: DeviceOptions) => Promise<Device> } {
  const open: Device[] = []
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })
  return {
    open,
    async device(name, options = {}) {
      const made = await openDevice(name, options)
      open.push(made)
      return made
    }
  }
}

/** The titles of its cards, in their order. */
export const titles = ({ home }: Device): readonly string[] => Object.values(readGraph(home.doc).cards).map((card) => card.title).sort()

export const add = ({ home, maker }: Device, title: string) => valueOf(addCard(home.doc, { title, policies: [`MOMENTS of ${title}`] }, maker))

/** It is added, and has not met anybody yet. */
export async function join(existing: Device, joining: Device): Promise<void> {
  valueOf(await joining.peers.join(valueOf(await existing.peers.admit(valueOf(joining.peers.joiningCard())))))
}
