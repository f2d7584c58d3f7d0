/**
 * Is this an ONNX model, and is it whole? Read from its outside only: a protobuf message says how long its parts are, and the
 * graph says how far into which other files its weights reach. Nothing is run. https://onnx.ai/onnx/repo-docs/IR.html
 */
import { open, type FileHandle } from 'node:fs/promises'

export interface OnnxFile {
  /** Bytes that a file of weights beside it must have at least, by its name. */
  readonly external: ReadonlyMap<string, number>
}

/** Field numbers of onnx.proto. */
const field = { graph: 7, initializer: 5, external: 13, key: 1, value: 2 }
/** A graph whose weights lie beside it is smaller; a larger one holds its own. */
const mostRead = 64 * 1024 * 1024

/** Null: something else, or cut off. Throws what the disk says. */
export async function readOnnx(path: string): Promise<OnnxFile | null> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const graph = await findGraph(file, size)
    if (graph === null) return null
    const external = new Map<string, number>()
    if (graph.length > mostRead) return { external }
    const bytes = Buffer.alloc(graph.length)
    await file.read(bytes, 0, bytes.length, graph.start)
    for (const tensor of fieldsOf(bytes, field.initializer)) {
      const entries = new Map([...fieldsOf(tensor, field.external)].map((entry) => [textOf(entry, field.key), textOf(entry, field.value)]))
      const location = entries.get('location')
      if (location === undefined) continue
      external.set(location, Math.max(external.get(location) ?? 0, Number(entries.get('offset') ?? 0) + Number(entries.get('length') ?? 0)))
    }
    return { external }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  } finally {
    await file.close()
  }
}

/** Walks the message's own fields, which must end where the file ends. */
async function findGraph(file: FileHandle, size: number): Promise<{ readonly start: number; readonly length: number } | null> {
  let graph: { readonly start: number; readonly length: number } | null = null
  for (let at = 0; at < size; ) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, at)
    const head = createReader(buffer.subarray(0, bytesRead))
    const tag = head.varint()
    const number = Math.floor(tag / 8)
    const wire = tag % 8
    if (number < 1 || number > 100) return null
    if (wire === 2) {
      const length = head.varint()
      if (number === field.graph) graph = { start: at + head.at(), length }
      at += head.at() + length
    } else if (wire === 0) {
      head.varint()
      at += head.at()
    } else return null
    if (at > size) return null
  }
  return graph
}

/** Every length-delimited field of this number. */
function* fieldsOf(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  const reader = createReader(bytes)
  while (reader.at() < bytes.length) {
    const tag = reader.varint()
    switch (tag % 8) {
      case 0:
        reader.varint()
        break
      case 1:
        reader.skip(8)
        break
      case 2: {
        const part = reader.skip(reader.varint())
        if (Math.floor(tag / 8) === wanted) yield part
        break
      }
      case 5:
        reader.skip(4)
        break
      default:
        throw new RangeError('not a protobuf message')
    }
  }
}

function textOf(bytes: Uint8Array, wanted: number): string {
  for (const part of fieldsOf(bytes, wanted)) return Buffer.from(part).toString('utf8')
  return ''
}

/** Throws a RangeError where the bytes end too soon. */
function createReader(bytes: Uint8Array) {
  let position = 0
  return {
    at: () => position,
    varint(): number {
      let [value, scale] = [0, 1]
      for (let count = 0; count < 10; count += 1) {
        const byte = bytes[position]
        if (byte === undefined) throw new RangeError('it ends too soon')
        position += 1
        value += (byte & 0x7f) * scale
        if (byte < 0x80) return value
        scale *= 128
      }
      throw new RangeError('not a number')
    },
    skip(length: number): Uint8Array {
      if (position + length > bytes.length) throw new RangeError('it ends too soon')
      position += length
      return bytes.subarray(position - length, position)
    }
  }
}
