/**
 * The circle of devices as it follows from a set of signed entries: the same whatever the order, revoking wins, nobody who was
 * removed has a say.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex } from '@noble/hashes/utils.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSuite } from '../../../main/peer/circle/suite.ts'
import { addDevice, addRecovery, foundCircle, mendKeys, openKeys, recoveryKeys, renameDevice, revokeDevice, vouchFor, type Speaker } from '../../../shared/peer/circle.ts'
import { readEntry, writeEntry, type Statement } from '../../../shared/peer/entry.ts'
import { cardOf, drawSecrets, type DeviceCard, type DeviceSecrets } from '../../../shared/peer/identity.ts'
import { activeMembers, adderOf, chainTo, deriveMembership, keyNeeds, placeOf, removalsBehind, type Membership } from '../../../shared/peer/membership.ts'
import { problemLine, type Result } from '../../../shared/result.ts'
import { valueOf } from '../../support/document.ts'

const suite = createSuite({ bytes: (length) => new Uint8Array(randomBytes(length)) })

interface Someone {
  readonly secrets: DeviceSecrets
  readonly card: DeviceCard
}

function someone(name: string): Someone {
  const secrets = drawSecrets(suite)
  return { secrets, card: cardOf(secrets, name, suite) }
}

/** One device's own view of the log. */
class View {
  readonly entries: Map<string, Uint8Array>
  readonly circle: string
  readonly who: Someone

  constructor(who: Someone, circle: string, entries: Iterable<Uint8Array>) {
    this.who = who
    this.circle = circle
    this.entries = new Map()
    this.learn(entries)
  }

  learn(entries: Iterable<Uint8Array>): void {
    for (const bytes of entries) this.entries.set(readEntry(bytes, suite)?.hash ?? '', bytes)
  }

  get membership(): Membership {
    const membership = deriveMembership(this.entries.values(), this.circle, suite)
    if (membership === null) throw new Error('no circle')
    return membership
  }

  get speaker(): Speaker {
    const { membership } = this
    return { suite, by: this.who.card.id, sign: this.who.secrets.sign, membership, keys: openKeys(membership, this.who.secrets.seal, suite), at: 1 }
  }

  say(make: (speaker: Speaker) => Result<Uint8Array> | Uint8Array | null): void {
    const made = make(this.speaker)
    if (made === null) return
    const bytes = made instanceof Uint8Array ? made : valueOf(made)
    this.learn([bytes])
  }

  names(): readonly string[] {
    return activeMembers(this.membership).map((member) => member.card.name).sort()
  }
}

/** A circle of the named devices, the first one its founder; each with its own view, all alike. */
function circleOf(...names: readonly string[]): readonly View[] {
  const [first, ...others] = names.map(someone) as [Someone, ...Someone[]]
  const { entry, circle } = foundCircle(suite, first.secrets, first.card, 1)
  const founder = new View(first, circle, [entry])
  for (const other of others) founder.say((speaker) => addDevice(speaker, other.card))
  return [founder, ...others.map((other) => new View(other, circle, founder.entries.values()))]
}

function level(...views: readonly View[]): void {
  for (const view of views) for (const other of views) view.learn(other.entries.values())
}

const plain = (membership: Membership): unknown => ({
  members: [...membership.members], epochs: [...membership.epochs].map(([id, epoch]) => [id, epoch.number, [...epoch.sealedTo].sort()]), current: membership.current,
  recoveries: membership.recoveries, heads: membership.heads, order: membership.entries.map((entry) => entry.hash)
})

describe('a circle', () => {
  it('holds who was taken in, gives each the key, and renames for all', () => {
    const [laptop, phone] = circleOf('laptop', 'phone') as [View, View]
    expect(phone.names()).toEqual(['laptop', 'phone'])
    expect(phone.speaker.keys.get(phone.membership.current)).toEqual(laptop.speaker.keys.get(laptop.membership.current))
    phone.say((speaker) => renameDevice(speaker, laptop.who.card.id, 'work laptop'))
    level(laptop, phone)
    expect(laptop.membership.members.get(laptop.who.card.id)?.name).toBe('work laptop')
    expect(keyNeeds(laptop.membership)).toEqual({ rotate: false, lacking: new Map() })
  })

  it('turns to a new key when a device is removed, which that one never gets', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    level(laptop, phone, tablet)
    expect(phone.names()).toEqual(['laptop', 'phone'])
    const { current } = phone.membership
    expect(phone.speaker.keys.has(current)).toBe(true)
    expect(tablet.speaker.keys.has(current)).toBe(false)
    expect(tablet.speaker.keys.size).toBe(1)
  })

  it('lets no device shut itself out as the last one', () => {
    const [laptop, phone] = circleOf('laptop', 'phone') as [View, View]
    laptop.say((speaker) => revokeDevice(speaker, phone.who.card.id, null))
    const refused = revokeDevice(laptop.speaker, laptop.who.card.id, null)
    expect(refused.ok ? '' : problemLine(refused.error)).toBe('error: this is the last device; add another one first')
    /* Nor by an entry that says so all the same. */
    const { statement } = readEntry([...laptop.entries.values()].at(-1) ?? new Uint8Array(), suite) ?? {}
    if (statement?.kind !== 'revoke') throw new Error('the last entry revokes')
    const forced: Statement = { ...statement, device: laptop.who.card.id, parents: [...laptop.membership.heads], previous: laptop.membership.latest.get(laptop.who.card.id) ?? null, epoch: { ...statement.epoch, number: statement.epoch.number + 1 } }
    laptop.learn([writeEntry(forced, laptop.who.secrets.sign, suite)])
    expect(laptop.names()).toEqual(['laptop'])
  })
})

describe('at the same time', () => {
  it('removing wins over adding the same device, and over whatever it added itself', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    const accomplice = someone('accomplice')
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    phone.say((speaker) => addDevice(speaker, tablet.who.card))
    tablet.say((speaker) => addDevice(speaker, accomplice.card))
    tablet.say((speaker) => revokeDevice(speaker, phone.who.card.id, null))
    level(laptop, phone, tablet)
    for (const view of [laptop, phone, tablet]) expect(view.names()).toEqual(['laptop', 'phone'])
    expect(addDevice(phone.speaker, tablet.who.card).ok).toBe(false)
  })

  it('whom a removed device added falls out with it, can see by whom, and is added again under the same keys', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    const watch = someone('watch')
    tablet.say((speaker) => addDevice(speaker, watch.card))
    const wrist = new View(watch, tablet.circle, tablet.entries.values())
    expect(placeOf(wrist.membership, watch.card.id)).toBe('member')
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    /* What it shows, and what it is shown: no more than that is needed to agree. */
    laptop.learn(chainTo(wrist.membership, watch.card.id).map(({ bytes }) => bytes))
    wrist.learn(removalsBehind(laptop.membership, watch.card.id).map(({ bytes }) => bytes))
    for (const view of [laptop, wrist]) {
      expect(placeOf(view.membership, watch.card.id)).toBe('fallen')
      expect(adderOf(view.membership, watch.card.id)?.name).toBe('tablet')
      expect(placeOf(view.membership, tablet.who.card.id)).toBe('removed')
    }
    /* The phone had taken in edits of it before it heard: these count, the device does not. */
    level(phone, wrist)
    phone.say((speaker) => vouchFor(speaker, watch.card.id, { seq: 3, hash: 'cd'.repeat(32) }))
    level(laptop, phone)
    expect(laptop.membership.members.get(watch.card.id)).toMatchObject({ isRevoked: true, isFallen: true, last: { seq: 3 } })
    expect(laptop.names()).toEqual(['laptop', 'phone'])
    laptop.say((speaker) => addDevice(speaker, watch.card))
    expect(laptop.names()).toEqual(['laptop', 'phone', 'watch'])
    expect(placeOf(laptop.membership, watch.card.id)).toBe('member')
    expect(placeOf(laptop.membership, someone('nobody').card.id)).toBe('stranger')
  })

  it('whoever came in through somebody that fell out can see whose removal it was, whatever the fallen ones said of each other', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    const [watch, ring] = [someone('watch'), someone('ring')]
    tablet.say((speaker) => addDevice(speaker, watch.card))
    const wrist = new View(watch, tablet.circle, tablet.entries.values())
    wrist.say((speaker) => addDevice(speaker, ring.card))
    tablet.say((speaker) => revokeDevice(speaker, watch.card.id, null))
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    level(laptop, phone, tablet, wrist)
    expect([watch, ring].map(({ card }) => [placeOf(phone.membership, card.id), adderOf(phone.membership, card.id)?.name])).toEqual([['fallen', 'tablet'], ['fallen', 'tablet']])
    expect(adderOf(phone.membership, someone('nobody').card.id)).toBeNull()
  })

  it('what a removed device had said before, and was seen, stays', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    const watch = someone('watch')
    tablet.say((speaker) => addDevice(speaker, watch.card))
    level(laptop, phone, tablet)
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    level(laptop, phone, tablet)
    expect(phone.names()).toEqual(['laptop', 'phone', 'watch'])
  })

  it('of two that remove each other, who was there longer stays, the same for all', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    phone.say((speaker) => revokeDevice(speaker, laptop.who.card.id, null))
    laptop.say((speaker) => revokeDevice(speaker, phone.who.card.id, null))
    level(laptop, phone, tablet)
    for (const view of [laptop, phone, tablet]) expect(view.names()).toEqual(['laptop', 'tablet'])
  })

  it('two removals leave a key that neither removed device holds, once somebody has mended it', () => {
    const [laptop, phone, tablet, watch] = circleOf('laptop', 'phone', 'tablet', 'watch') as [View, View, View, View]
    laptop.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    phone.say((speaker) => revokeDevice(speaker, watch.who.card.id, null))
    level(laptop, phone, tablet, watch)
    expect(keyNeeds(laptop.membership).rotate).toBe(true)
    phone.say(mendKeys)
    level(laptop, phone, tablet, watch)
    expect(keyNeeds(laptop.membership).rotate).toBe(false)
    expect(laptop.speaker.keys.has(laptop.membership.current)).toBe(true)
    for (const gone of [tablet, watch]) expect(gone.speaker.keys.has(gone.membership.current)).toBe(false)
  })

  it('a device that was added while the key changed is given it by whoever has it', () => {
    const [laptop, phone, tablet] = circleOf('laptop', 'phone', 'tablet') as [View, View, View]
    const watch = someone('watch')
    laptop.say((speaker) => addDevice(speaker, watch.card))
    phone.say((speaker) => revokeDevice(speaker, tablet.who.card.id, null))
    level(laptop, phone)
    const wrist = new View(watch, laptop.circle, laptop.entries.values())
    expect(wrist.speaker.keys.has(wrist.membership.current)).toBe(false)
    laptop.say(mendKeys)
    level(laptop, wrist)
    expect(wrist.speaker.keys.has(wrist.membership.current)).toBe(true)
    expect(mendKeys(laptop.speaker)).toBeNull()
  })
})

describe('a recovery phrase', () => {
  it('takes a new device in when all are lost, reads what they read, and can remove them', () => {
    const [laptop] = circleOf('laptop') as [View]
    const recovery = recoveryKeys(new Uint8Array(32).fill(7))
    laptop.say((speaker) => addRecovery(speaker, recovery))
    const fresh = someone('new laptop')
    const view = new View(fresh, laptop.circle, laptop.entries.values())
    const speaker = (): Speaker => ({ suite, by: bytesToHex(suite.publicKey(recovery.sign)), sign: recovery.sign, membership: view.membership, keys: openKeys(view.membership, recovery.seal, suite), at: 2 })
    view.learn([valueOf(addDevice(speaker(), fresh.card))])
    view.learn([valueOf(revokeDevice(speaker(), laptop.who.card.id, null))])
    expect(view.names()).toEqual(['new laptop'])
    expect(view.speaker.keys.has(view.membership.current)).toBe(true)
    /* The thief of the laptop removes the new one at the same time, in vain. */
    laptop.learn([[...view.entries.values()].find((bytes) => readEntry(bytes, suite)?.statement.kind === 'add') ?? new Uint8Array()])
    laptop.say((one) => revokeDevice(one, fresh.card.id, null))
    level(view, laptop)
    expect(view.names()).toEqual(['new laptop'])
    expect(view.membership.recoveries).toHaveLength(1)
  })

  it('made by a device that is removed does not outlive it', () => {
    const [laptop, phone] = circleOf('laptop', 'phone') as [View, View]
    const recovery = recoveryKeys(new Uint8Array(32).fill(8))
    phone.say((speaker) => addRecovery(speaker, recovery))
    level(laptop, phone)
    laptop.say((speaker) => revokeDevice(speaker, phone.who.card.id, null))
    expect(laptop.membership.recoveries).toEqual([])
    const speaker: Speaker = { ...laptop.speaker, by: bytesToHex(suite.publicKey(recovery.sign)), sign: recovery.sign }
    laptop.learn([valueOf(addDevice(speaker, someone('thief').card))])
    expect(laptop.names()).toEqual(['laptop'])
  })
})

describe('entries that are not what they say', () => {
  it('a stranger’s, a forged, a changed or an orphaned one change nothing', () => {
    const [laptop, phone] = circleOf('laptop', 'phone') as [View, View]
    const stranger = someone('stranger')
    const before = plain(laptop.membership)
    const { membership } = laptop
    const by = (who: Someone, as: DeviceCard): Uint8Array => valueOf(addDevice({ ...laptop.speaker, by: as.id, sign: who.secrets.sign, membership }, stranger.card))
    const genuine = valueOf(addDevice(laptop.speaker, stranger.card))
    const flipped = Array.from({ length: 60 }, (_, index) => {
      const copy = genuine.slice()
      const at = Math.floor((index / 60) * copy.length)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    })
    const orphan = writeEntry({ ...(readEntry(genuine, suite)?.statement as Statement), parents: ['ab'.repeat(32)] }, laptop.who.secrets.sign, suite)
    const older = writeEntry({ ...(readEntry(genuine, suite)?.statement as Statement), previous: null }, laptop.who.secrets.sign, suite)
    const jump = writeEntry({ version: 1, kind: 'rotate', by: laptop.who.card.id, parents: [...membership.heads], previous: membership.latest.get(laptop.who.card.id) ?? null, at: 1, seals: [], epoch: { id: 'ab'.repeat(16) as never, number: 999 } }, laptop.who.secrets.sign, suite)
    laptop.learn([by(stranger, stranger.card), by(stranger, phone.who.card), orphan, older, ...flipped])
    expect(plain(laptop.membership)).toEqual(before)
    laptop.learn([jump])
    expect(laptop.membership.current).toBe(membership.current)
  })

  it('two of one device after the same one are said to be a fork', () => {
    const [laptop, phone] = circleOf('laptop', 'phone') as [View, View]
    const copy = new View(phone.who, phone.circle, phone.entries.values())
    phone.say((speaker) => renameDevice(speaker, phone.who.card.id, 'one'))
    copy.say((speaker) => renameDevice(speaker, phone.who.card.id, 'two'))
    level(laptop, phone, copy)
    expect(laptop.membership.members.get(phone.who.card.id)?.isForked).toBe(true)
    expect(laptop.membership.members.get(laptop.who.card.id)?.isForked).toBe(false)
  })

  it('never make reading throw', () => {
    const [laptop] = circleOf('laptop') as [View]
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (garbage) => {
      expect(plain(deriveMembership([...garbage, ...laptop.entries.values()], laptop.circle, suite) as Membership)).toEqual(plain(laptop.membership))
    }))
  })
})

describe('any set of entries', () => {
  it('gives the same circle in whatever order, however often, and with whatever is missing', () => {
    let revoked = 0
    let concurrent = 0
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(6), fc.nat(3)), { minLength: 1, maxLength: 14 }), fc.integer(), (steps, seed) => {
        const views = circleOf('a', 'b', 'c', 'd')
        for (const [who, what, whom] of steps) {
          const view = views[who] as View
          const other = views[whom] as View
          const allowed = view.membership.members.get(view.who.card.id)?.isRevoked === false
          if (what === 0 && allowed) view.say((speaker) => {
            const made = revokeDevice(speaker, other.who.card.id, null)
            return made.ok ? made.value : null
          })
          else if (what === 1 && allowed) view.say((speaker) => addDevice(speaker, someone('x').card))
          else if (what === 2 && allowed) view.say(mendKeys)
          else if (what === 3 && allowed) view.say((speaker) => vouchFor(speaker, other.who.card.id, { seq: who + 1, hash: 'cd'.repeat(32) }))
          else if (what === 4 && allowed) view.say((speaker) => renameDevice(speaker, other.who.card.id, `by ${who}`))
          else level(view, other)
        }
        level(...views)
        const all = [...(views[0] as View).entries.values()]
        const circle = (views[0] as View).circle
        const reference = plain((views[0] as View).membership)
        const shuffled = shuffle([...all, ...all.slice(0, 3)], seed)
        expect(plain(deriveMembership(shuffled, circle, suite) as Membership)).toEqual(reference)
        const subset = shuffle(all, seed).slice(0, Math.ceil(all.length / 2))
        const [one, two] = [deriveMembership(subset, circle, suite), deriveMembership(shuffle(subset, seed + 1), circle, suite)]
        expect(one === null ? null : plain(one)).toEqual(two === null ? null : plain(two))
        revoked += [...(views[0] as View).membership.members.values()].filter((member) => member.isRevoked).length
        const { entries, heads } = (views[0] as View).membership
        if (heads.length > 1 || entries.some(({ statement }) => statement.parents.length > 1)) concurrent += 1
      }),
      { numRuns: 25 }
    )
    expect(revoked).toBeGreaterThan(10)
    expect(concurrent).toBeGreaterThan(5)
  })
})

function shuffle<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed >>> 0
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0)
  const left = [...items]
  for (let index = left.length - 1; index > 0; index -= 1) {
    const other = next() % (index + 1)
    ;[left[index], left[other]] = [left[other] as Item, left[index] as Item]
  }
  return left
}
