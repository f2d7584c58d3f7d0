/**
 * CPace and sealing against the vectors of the documents that define them: draft-irtf-cfrg-cpace-21 (appendix B.3) and RFC 9180
 * (appendix A.2.1).
 */
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'
import { startCpace } from '../../../shared/peer/cpace.ts'
import { seal, sealKey, unseal } from '../../../shared/peer/seal.ts'

const hex = (text: string): Uint8Array => hexToBytes(text.replace(/\s/gu, ''))

describe('CPace over ristretto255', () => {
  const code = utf8ToBytes('Password')
  const channel = hex('6f630b425f726573706f6e6465720b415f696e69746961746f72')
  const session = hex('7e4b4791d6a8ef019b936c79fb7f2c57')
  const a = () => startCpace({ code, channel, session, random: hex('da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08') })
  const b = () => startCpace({ code, channel, session, random: hex('d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d') })
  const parts = { initiator: { share: a().share, beside: utf8ToBytes('ADa') }, responder: { share: b().share, beside: utf8ToBytes('ADb') } }

  it('makes the shares and the key of the draft’s test vectors, on both sides', () => {
    expect(bytesToHex(a().share)).toBe('d40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a')
    expect(bytesToHex(b().share)).toBe('08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307')
    const key = '4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1'
    expect(bytesToHex(a().finish({ ...parts, own: 'initiator' }) ?? hex(''))).toBe(key)
    expect(bytesToHex(b().finish({ ...parts, own: 'responder' }) ?? hex(''))).toBe(key)
  })

  it('gives up on the draft’s invalid points, and on bytes that are no point', () => {
    for (const share of ['2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c', '00'.repeat(32), 'ff'.repeat(32), '00'.repeat(31)]) {
      expect(a().finish({ initiator: parts.initiator, responder: { ...parts.responder, share: hex(share) }, own: 'initiator' })).toBeNull()
    }
  })

  it('gives different keys to different codes, channels and sessions', () => {
    const key = (input: Partial<Parameters<typeof startCpace>[0]>): string => {
      const other = startCpace({ code, channel, session, random: new Uint8Array(32).fill(7), ...input })
      return bytesToHex(a().finish({ initiator: parts.initiator, responder: { share: other.share, beside: utf8ToBytes('ADb') }, own: 'initiator' }) ?? hex(''))
    }
    const keys = [key({}), key({ code: utf8ToBytes('Passwore') }), key({ channel: hex('00') }), key({ session: hex('00') })]
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('sealing to a device', () => {
  const secret = hex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb')
  const purpose = hex('4f6465206f6e2061204772656369616e2055726e')
  const plain = hex('4265617574792069732074727574682c20747275746820626561757479')
  const beside = hex('436f756e742d30')
  const sealed = seal({ to: sealKey(secret), purpose, plain, beside, random: hex('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600') }) ?? hex('')

  it('makes the bytes of RFC 9180’s test vector', () => {
    expect(bytesToHex(sealKey(secret))).toBe('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a')
    expect(bytesToHex(sealed)).toBe(`1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a${'1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'}`)
  })

  it('is opened by that device for that purpose alone, and not when a byte was changed', () => {
    expect(unseal({ secret, purpose, sealed, beside })).toEqual(plain)
    expect(unseal({ secret: new Uint8Array(32).fill(1), purpose, sealed, beside })).toBeNull()
    expect(unseal({ secret, purpose: hex('00'), sealed, beside })).toBeNull()
    expect(unseal({ secret, purpose, sealed })).toBeNull()
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice()
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(unseal({ secret, purpose, sealed: changed, beside })).toBeNull()
    }
    expect(unseal({ secret, purpose, sealed: sealed.slice(0, 40), beside })).toBeNull()
  })

  it('refuses a key of small order', () => {
    expect(seal({ to: new Uint8Array(32), purpose, plain, random: secret })).toBeNull()
  })
})
