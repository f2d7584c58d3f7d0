/**
 * A self-signed X.509 certificate (RFC 5280) around an ed25519 key (RFC 8410), in DER: what TLS asks of a device that has no
 * name but its key. It holds nothing else: no name, no host, no date that says anything.
 */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'

/** The key of a 32-byte seed. */
export function privateKeyOf(secret: Uint8Array): KeyObject {
  /* PKCS #8: version 0, id-Ed25519, the seed as an octet string in an octet string. */
  const der = sequence(integer(0), sequence(ed25519), octets(octets(secret)))
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

/** The 32 bytes of the public key. */
export function publicBytesOf(key: KeyObject): Uint8Array | null {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  return jwk.kty === 'OKP' && jwk.crv === 'Ed25519' && jwk.x !== undefined ? Uint8Array.from(Buffer.from(jwk.x, 'base64url')) : null
}

/** DER; valid for ever, since what counts is the key. */
export function selfSigned(key: KeyObject): Uint8Array {
  const algorithm = sequence(ed25519)
  const info = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const nobody = sequence(set(sequence(commonName, tagged(0x0c, Buffer.from('steward')))))
  const always = sequence(tagged(0x17, Buffer.from('700101000000Z')), tagged(0x18, Buffer.from('99991231235959Z')))
  const content = sequence(tagged(0xa0, integer(2)), integer(1), algorithm, nobody, always, nobody, info)
  return sequence(content, algorithm, bits(sign(null, content, key)))
}

export function pem(certificate: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64').replace(/.{64}/gu, '$&\n')}\n-----END CERTIFICATE-----\n`
}

// ---- DER: tag, length, content --------------------------------------------------------------------------------------

/** 1.3.101.112 and 2.5.4.3 */
const ed25519 = Uint8Array.of(0x06, 0x03, 0x2b, 0x65, 0x70)
const commonName = Uint8Array.of(0x06, 0x03, 0x55, 0x04, 0x03)

function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...size), content])
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, ...parts)
}

function set(part: Uint8Array): Uint8Array {
  return tagged(0x31, part)
}

/** 0 to 127. */
function integer(value: number): Uint8Array {
  return tagged(0x02, Uint8Array.of(value))
}

function octets(bytes: Uint8Array): Uint8Array {
  return tagged(0x04, bytes)
}

function bits(bytes: Uint8Array): Uint8Array {
  return tagged(0x03, Uint8Array.of(0), bytes)
}
