/**
 * One file from the network to the disk, however often it is interrupted.
 *
 * Invariants: the file has its name only once its size and SHA-256 fitted and a power cut can no longer lose it; until then it
 * grows as `NAME.part`, and the next attempt goes on at its end. What a source says differently from what was expected (length,
 * hash, another version midway, a web page) is refused and the piece removed. Asked for in stretches that grow with what was
 * won, so that an interruption costs at most one stretch: 32 KB at first, later 1/32 of what this run fetched.
 *
 * The hash is fed while the bytes arrive and goes on over broken connections; only a new process reads what is there once. It is
 * not kept on the disk: after a power cut it would vouch for bytes that the disk lost.
 */
import { createHash, type Hash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { fail, ok, type Problem, type Result } from '../../shared/result.ts'
import { checkSpace, diskProblem, syncFolder } from './disk.ts'
import { Trouble, type Answer, type Web } from './web.ts'

/** What is known of a file before it is fetched. */
export interface Wanted {
  readonly address: URL
  /** As it is called in messages. */
  readonly name: string
  /** Null where it is not known exactly. */
  readonly bytes: number | null
  readonly most: number
  readonly sha256: string | null
  readonly optional: boolean
}

export interface Fetched {
  readonly bytes: number
  readonly sha256: string
}

export interface DownloadOptions {
  readonly web: Web
  readonly signal: AbortSignal
  /** Bytes of this file that are here, after each stretch and every 256 KB; never falling but where it begins anew. */
  readonly onBytes: (done: number) => void
  /** Over all files of one run: what it fetched so far. */
  readonly run: { gained: number }
  /** Milliseconds before the attempt after a failed one, doubled each time. */
  readonly pause: number
}

/** Attempts in a row that brought nothing. */
const mostFailures = 6
const stretch = { least: 32 * 1024, most: 8 * 1024 * 1024, share: 32 }
const spaceEvery = 4 * 1024 * 1024
const writeEvery = 256 * 1024

/** To `path`; null: the source has no such file, and it is optional. Errors: `not-found`, `denied`, `storage`, `conflict`, `bad-input`, `cancelled`. */
export async function downloadFile(path: string, wanted: Wanted, options: DownloadOptions): Promise<Result<Fetched | null>> {
  let part: Part | null = null
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    part = await openPart(path, wanted)
    const done = await fill(part, wanted, options)
    if (!done.ok) return await giveUp(part, done.error)
    if (!done.value) return await leaveOut(part)
    const sha256 = part.hash.copy().digest('hex')
    const expected = wanted.sha256 ?? part.claim
    if (expected !== null && sha256 !== expected) return await giveUp(part, changed(wanted))
    await part.file.sync()
    await part.file.close()
    await rename(part.path, path)
    await rm(part.notePath, { force: true })
    await syncFolder(dirname(path))
    return ok({ bytes: part.size, sha256 })
  } catch (error) {
    await part?.file.close().catch(() => undefined)
    return { ok: false, error: diskProblem(error, wanted.name) }
  }
}

// ---- the part that is here ------------------------------------------------------------------------------------------

interface Part {
  readonly path: string
  readonly notePath: string
  readonly file: FileHandle
  size: number
  hash: Hash
  /** Of the version that the bytes are of: a strong ETag; null where the source gave none. */
  validator: string | null
  /** What the source says of the whole. */
  total: number | null
  /** SHA-256 that the source gives for it. */
  claim: string | null
  /** Where the source led to last time. */
  address: URL
  /** Is there room for so many bytes more? Looked up now and then. */
  room(bytes: number): Promise<Result<void>>
}

const Note = z.object({ validator: z.string().nullable() })

async function openPart(path: string, wanted: Wanted): Promise<Part> {
  const partPath = `${path}.part`
  const file = await open(partPath, 'a+', 0o600)
  const part: Part = { path: partPath, notePath: `${partPath}.json`, file, size: 0, hash: createHash('sha256'), validator: null, total: null, claim: null, address: wanted.address, room: createRoom(dirname(path)) }
  try {
    const note = Note.safeParse(await readFile(part.notePath, 'utf8').then(JSON.parse).catch(() => null))
    const { size } = await file.stat()
    if (!note.success || size > wanted.most || (wanted.bytes !== null && size > wanted.bytes)) await empty(part)
    else {
      part.validator = note.data.validator
      if (size > 0) for await (const chunk of file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 })) {
        part.hash.update(chunk as Uint8Array)
        part.size += (chunk as Uint8Array).length
      }
    }
  } catch (error) {
    await file.close()
    throw error
  }
  return part
}

function createRoom(folder: string): Part['room'] {
  let looked: number | null = null
  return async (bytes) => {
    if (looked !== null && Math.abs(looked - bytes) < spaceEvery) return ok(undefined)
    looked = bytes
    return await checkSpace(folder, bytes)
  }
}

async function empty(part: Part): Promise<void> {
  await part.file.truncate(0)
  part.size = 0
  part.hash = createHash('sha256')
}

/** With the bytes goes all that the source said of the version that they were of. */
async function forget(part: Part, { address }: Wanted): Promise<void> {
  await empty(part)
  Object.assign(part, { validator: null, total: null, claim: null, address })
}

/** What is here is kept where going on from it makes sense. */
async function giveUp(part: Part, problem: Problem): Promise<Result<never>> {
  await part.file.close()
  if (problem.kind === 'bad-input' || part.size === 0) {
    await rm(part.path, { force: true })
    await rm(part.notePath, { force: true })
  }
  return { ok: false, error: problem }
}

async function leaveOut(part: Part): Promise<Result<null>> {
  await part.file.close()
  await rm(part.path, { force: true })
  await rm(part.notePath, { force: true })
  return ok(null)
}

// ---- fetching -------------------------------------------------------------------------------------------------------

/** Until it is whole: true; false where the source lacks an optional one. */
async function fill(part: Part, wanted: Wanted, options: DownloadOptions): Promise<Result<boolean>> {
  let failures = 0
  let beginnings = 0
  options.onBytes(part.size)
  while (part.total === null || part.size < part.total) {
    if (wanted.bytes !== null && part.size === wanted.bytes) break
    const before = part.size
    const step = await fetchStretch(part, wanted, options)
    switch (step.kind) {
      case 'more':
        break
      case 'whole':
        return ok(true)
      case 'absent':
        return wanted.optional ? ok(false) : fail('not-found', `${wanted.address.host} has no file ${wanted.name} (any more)`, 'nothing can be done from here: choose another model, or get its folder elsewhere and import it')
      case 'anew':
        beginnings += 1
        if (beginnings > mostFailures) return fail('bad-input', `${wanted.address.host} does not let the file ${wanted.name} be fetched in pieces, or changes it meanwhile`, 'try again where the connection does not break off')
        await forget(part, wanted)
        options.onBytes(0)
        continue
      case 'problem':
        return { ok: false, error: step.problem }
      case 'again': {
        failures = part.size > before ? 1 : failures + 1
        if (failures >= mostFailures) return fail('conflict', step.message, 'what was fetched is kept: look at the connection and start again')
        const waited = await sleep(Math.max(step.after, options.pause * 2 ** (failures - 1)), options.signal)
        if (!waited) return stopped()
        continue
      }
    }
    failures = 0
  }
  return ok(true)
}

type Step =
  | { readonly kind: 'more' | 'whole' | 'anew' | 'absent' }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** Try again, after so many milliseconds at least. */
  | { readonly kind: 'again'; readonly message: string; readonly after: number }

async function fetchStretch(part: Part, wanted: Wanted, options: DownloadOptions): Promise<Step> {
  const space = await part.room((wanted.bytes ?? part.total ?? part.size) - part.size)
  if (!space.ok) return { kind: 'problem', problem: space.error }
  const length = Math.min(stretch.most, Math.max(stretch.least, Math.floor(options.run.gained / stretch.share)))
  const headers = { range: `bytes=${part.size}-${part.size + length - 1}`, ...(part.size > 0 && part.validator !== null ? { 'if-range': part.validator } : {}) }
  const reply = await options.web.get(part.address, headers, options.signal)
  if (!reply.ok) return stepOf(reply.error)
  const answer = reply.value
  const isMoved = part.address !== wanted.address
  part.claim ??= answer.claim
  if (answer.status !== 206 && answer.status !== 200) {
    await skim(answer)
    /* A link that was lent for a while has run out: ask where it is now. */
    if (isMoved && [401, 403, 404, 410].includes(answer.status)) {
      part.address = wanted.address
      return { kind: 'again', message: `${answer.address.host} refuses to go on`, after: 0 }
    }
    return refusal(answer, part, wanted)
  }
  const stated = describe(answer, part, wanted)
  if (stated.kind !== 'fits') {
    await skim(answer)
    return stated
  }
  if (part.size === 0) {
    part.validator = stated.validator
    await writeFile(part.notePath, JSON.stringify({ validator: part.validator }), { mode: 0o600 })
  }
  part.total = stated.total ?? part.total
  part.address = answer.address
  return await take(answer, part, stated.end, wanted, options)
}

/** Does what the answer says of itself fit what is expected and what is here? `end`: the size of the part after it; null where it does not say. */
function describe(answer: Answer, part: Part, wanted: Wanted): Exclude<Step, { kind: 'more' | 'whole' }> | { readonly kind: 'fits'; readonly total: number | null; readonly end: number | null; readonly validator: string | null } {
  const problem = (what: string): Step & { kind: 'problem' } => ({ kind: 'problem', problem: { kind: 'bad-input', message: `${answer.address.host} ${what}`, remedy: 'nothing of it was kept; try again later, or import the model from a folder' } })
  if (/^text\/html\b/iu.test(answer.headers['content-type'] ?? '')) {
    return { kind: 'problem', problem: { kind: 'conflict', message: `${answer.address.host} answered with a web page instead of the file ${wanted.name}`, remedy: 'log in to the network first where it asks for that, then start again' } }
  }
  const etag = answer.headers.etag
  const validator = etag !== undefined && /^"[^"]*"$/u.test(etag) ? etag : null
  let [total, end]: (number | null)[] = [null, null]
  if (answer.status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/u.exec(answer.headers['content-range'] ?? '')
    if (range === null || Number(range[1]) !== part.size || Number(range[2]) < part.size) return problem(`gave another piece of ${wanted.name} than it was asked for`)
    total = range[3] === '*' ? null : Number(range[3])
    end = Number(range[2]) + 1
    if (part.size > 0 && validator !== part.validator) return { kind: 'anew' }
  } else {
    /* It does not know of pieces, or the file is another one now: from the start, which this answer is. */
    if (part.size > 0) return { kind: 'anew' }
    const length = answer.headers['content-length']
    total = length === undefined ? null : Number(length)
    end = total
  }
  if (total !== null && wanted.bytes !== null && total !== wanted.bytes) return problem(`says that ${wanted.name} has ${total} bytes; it should have ${wanted.bytes}`)
  if ((total ?? end ?? 0) > wanted.most) return problem(`says that ${wanted.name} has ${total ?? end} bytes; at most ${wanted.most} were expected`)
  if (part.total !== null && total !== null && total !== part.total) return { kind: 'anew' }
  return { kind: 'fits', total, end, validator }
}

async function take(answer: Answer, part: Part, end: number | null, wanted: Wanted, options: DownloadOptions): Promise<Step> {
  const most = end ?? wanted.bytes ?? wanted.most
  let waiting: Uint8Array[] = []
  let count = 0
  /* Few large writes instead of many small ones. */
  const flush = async (): Promise<void> => {
    if (count === 0) return
    const bytes = Buffer.concat(waiting)
    ;[waiting, count] = [[], 0]
    await writeWhole(part.file, bytes)
    part.hash.update(bytes)
    part.size += bytes.length
    options.run.gained += bytes.length
    options.onBytes(part.size)
  }
  let step: Step | null = null
  try {
    for await (const chunk of answer.body) {
      if (part.size + count + chunk.length > most) {
        step = { kind: 'problem', problem: { kind: 'bad-input', message: `${answer.address.host} sends more of ${wanted.name} than it said`, remedy: 'nothing of it was kept; try again later' } }
        break
      }
      waiting.push(chunk)
      count += chunk.length
      if (count < writeEvery) continue
      await flush()
      const space = await part.room(most - part.size)
      if (!space.ok) {
        step = { kind: 'problem', problem: space.error }
        break
      }
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    step = stepOf(error)
  }
  await flush()
  if (step !== null) return step
  if (end !== null && part.size < end) return { kind: 'again', message: `${answer.address.host} ended before the file ${wanted.name} was whole`, after: 0 }
  if (answer.status !== 200) return { kind: 'more' }
  /* Without a stated length, its end is the only sign that it is whole. */
  if (wanted.bytes !== null && part.size < wanted.bytes) return { kind: 'again', message: `${answer.address.host} ended before the file ${wanted.name} was whole`, after: 0 }
  return { kind: 'whole' }
}

function refusal({ status, headers, address }: Answer, part: Part, wanted: Wanted): Step {
  if (status === 404 || status === 410) return { kind: 'absent' }
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/u.exec(headers['content-range'] ?? '')?.[1]
    return part.size > 0 && Number(total) === part.size && (wanted.bytes === null || wanted.bytes === part.size) ? { kind: 'whole' } : { kind: 'anew' }
  }
  if (status === 401 || status === 403) return { kind: 'problem', problem: { kind: 'denied', message: `${address.host} does not give ${wanted.name} to everyone (${status})`, remedy: 'get the model where you have an account, and import its folder' } }
  if (status === 407) return { kind: 'problem', problem: { kind: 'denied', message: 'the proxy wants a name and a password', remedy: 'put them into HTTPS_PROXY and start again' } }
  if (status === 408 || status === 429 || status >= 500) return { kind: 'again', message: `${address.host} cannot give the file ${wanted.name} now (${status})`, after: secondsIn(headers['retry-after']) * 1_000 }
  return { kind: 'problem', problem: { kind: 'conflict', message: `${address.host} answered ${status} for ${wanted.name}`, remedy: 'try again later' } }
}

function stepOf({ kind, message }: Trouble): Step {
  switch (kind) {
    case 'cancelled':
      return { kind: 'problem', problem: stopped().error }
    case 'redirect':
      return { kind: 'problem', problem: { kind: 'denied', message, remedy: 'nothing was fetched from there; import the model from a folder instead' } }
    case 'proxy':
      return { kind: 'problem', problem: { kind: 'conflict', message, remedy: 'correct HTTPS_PROXY, HTTP_PROXY or NO_PROXY and start again' } }
    case 'unreachable':
    case 'stalled':
    case 'broken':
      return { kind: 'again', message, after: 0 }
  }
}

// ---- the rest -------------------------------------------------------------------------------------------------------

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

/** Reads a short refusal to its end, so that the connection can serve again; a long one is cut off. */
async function skim(answer: Answer): Promise<void> {
  let read = 0
  try {
    for await (const chunk of answer.body) if ((read += chunk.length) > 65_536) break
  } catch {
    // Nobody waits for it.
  }
}

function changed({ name, address }: Wanted): Problem {
  return { kind: 'bad-input', message: `the file ${name} from ${address.host} is not the one that was expected: its SHA-256 differs`, remedy: 'it was removed; try again, and where it happens again import the model from a folder' }
}

function stopped(): Result<never> & { readonly ok: false } {
  return { ok: false, error: { kind: 'cancelled', message: 'the download was stopped', remedy: 'start it again at any time: it goes on where it was' } }
}

function secondsIn(header: string | undefined): number {
  const seconds = Number(header)
  return Number.isFinite(seconds) ? Math.min(60, Math.max(0, seconds)) : 0
}

/** False where it was cut short. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const end = (whole: boolean) => () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(whole)
    }
    const onAbort = end(false)
    const timer = setTimeout(end(true), milliseconds)
    signal.addEventListener('abort', onAbort)
  })
}
