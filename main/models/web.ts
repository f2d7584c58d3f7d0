/**
 * The one way out to the network: HTTP GET over TLS, through the proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
 * where there is no other, NO_PROXY), for the download that a person asked for and for nothing else. No socket is opened before `get` is called.
 *
 * Invariants: redirects lead to https only, or to loopback where the first address was on loopback (a test, a mirror of one's
 * own); at most five of them; an answer that gives no byte for `patience` ends as `stalled`; nothing rejects.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import type { Result } from '../../shared/result.ts'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Where it came from, after redirects. */
  readonly address: URL
  /** What a redirect on the way said of the file it leads to (`x-linked-etag` of huggingface.co), where that is a SHA-256. */
  readonly claim: string | null
  /** Once; throws a `Trouble` where it ends early. Leaving the loop before its end gives up the connection. */
  readonly body: AsyncIterable<Uint8Array>
}

export type TroubleKind = 'cancelled' | 'unreachable' | 'stalled' | 'broken' | 'redirect' | 'proxy'

/** Why there is no answer, or no more of it. */
export class Trouble extends Error {
  readonly kind: TroubleKind
  constructor(kind: TroubleKind, message: string) {
    super(message)
    this.kind = kind
  }
}

export interface Web {
  get(address: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Result<Answer, Trouble>>
  /** Lets go of every connection. */
  close(): void
}

export interface WebOptions {
  readonly environment: NodeJS.ProcessEnv
  /** Milliseconds. */
  readonly patience: number
}

const mostRedirects = 5

export function createWeb({ environment, patience }: WebOptions): Web {
  let agents: { readonly plain: http.Agent; readonly secure: https.Agent } | null = null

  async function get(address: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Result<Answer, Trouble>> {
    let claim: string | null = null
    let next = address
    for (let step = 0; step <= mostRedirects; step += 1) {
      const response = await ask(next, headers, signal)
      if (!response.ok) return response
      const { statusCode = 0, headers: said } = response.value.response
      claim ??= hashIn(said['x-linked-etag'])
      if (![301, 302, 303, 307, 308].includes(statusCode) || said.location === undefined) {
        return { ok: true, value: { status: statusCode, headers: said, address: next, claim, body: response.value.body } }
      }
      response.value.drop()
      const target = URL.parse(said.location, next.href)
      if (target === null || !isAllowed(target, isLoopback(address))) return trouble('redirect', `${next.host} sent us on to an address that is not allowed`)
      next = target
    }
    return trouble('redirect', `${address.host} sent us on more than ${mostRedirects} times`)
  }

  function ask(address: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Result<Reply, Trouble>> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(trouble('cancelled', 'it was stopped'))
      const fault = proxyFault(environment, address)
      if (fault !== null) return resolve(trouble('proxy', fault))
      agents ??= {
        plain: new http.Agent({ keepAlive: true, proxyEnv: { ...environment, http_proxy: proxyOf(environment, 'http_proxy') } }),
        secure: new https.Agent({ keepAlive: true, proxyEnv: { ...environment, https_proxy: proxyOf(environment, 'https_proxy') } })
      }
      const { request: send } = address.protocol === 'https:' ? https : http
      const request = send(address, {
        agent: address.protocol === 'https:' ? agents.secure : agents.plain,
        headers: { 'user-agent': 'values-steward', 'accept-encoding': 'identity', ...headers }
      })
      let why: Trouble | null = null
      const stop = (kind: TroubleKind, message: string): void => {
        why ??= new Trouble(kind, message)
        request.destroy()
      }
      const onAbort = (): void => stop('cancelled', 'it was stopped')
      let timer = setTimeout(() => stop('stalled', `${address.host} does not answer`), patience)
      const wait = (): void => {
        clearTimeout(timer)
        timer = setTimeout(() => stop('stalled', `${address.host} sends nothing any more`), patience)
      }
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      signal.addEventListener('abort', onAbort)
      request.on('error', (error) => {
        end()
        resolve({ ok: false, error: why ?? unreachable(address, error) })
      })
      request.on('response', (response) => {
        wait()
        async function* body(): AsyncGenerator<Uint8Array> {
          try {
            for await (const chunk of response as AsyncIterable<Uint8Array>) {
              clearTimeout(timer)
              yield chunk
              wait()
            }
          } catch (error) {
            throw why ?? new Trouble('broken', `the connection to ${address.host} broke (${codeOf(error)})`)
          } finally {
            end()
          }
        }
        const drop = (): void => {
          end()
          response.destroy()
        }
        resolve({ ok: true, value: { response, body: body(), drop } })
      })
      request.end()
    })
  }

  return {
    get,
    close() {
      agents?.plain.destroy()
      agents?.secure.destroy()
      agents = null
    }
  }
}

interface Reply {
  readonly response: http.IncomingMessage
  readonly body: AsyncIterable<Uint8Array>
  drop(): void
}

/** https, or http to this machine itself where that was asked for. */
export function isAllowed(address: URL, fromLoopback: boolean): boolean {
  return address.username === '' && (address.protocol === 'https:' || (address.protocol === 'http:' && fromLoopback && isLoopback(address)))
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/u.test(hostname)
}

/** Node knows nothing of ALL_PROXY, passes over a proxy that it cannot read, and would go without one. */
function proxyFault(environment: NodeJS.ProcessEnv, { protocol }: URL): string | null {
  const isNamed = namesOf(protocol === 'https:' ? 'https_proxy' : 'http_proxy').some((name) => isSet(environment[name]))
  for (const name of [...namesOf('https_proxy'), ...namesOf('http_proxy'), ...(isNamed ? [] : namesOf('all_proxy'))]) {
    const value = environment[name]
    if (!isSet(value)) continue
    const address = URL.parse(value)
    if (address === null || !['http:', 'https:'].includes(address.protocol) || address.hostname === '') return `the proxy that ${name} names is not an address of the form http://host:port`
  }
  return null
}

function proxyOf(environment: NodeJS.ProcessEnv, kind: 'http_proxy' | 'https_proxy'): string | undefined {
  return [...namesOf(kind), ...namesOf('all_proxy')].map((name) => environment[name]).find(isSet)
}

function namesOf(name: 'http_proxy' | 'https_proxy' | 'all_proxy'): readonly string[] {
  return [name, name.toUpperCase()]
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

function hashIn(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? (/^"?([0-9a-f]{64})"?$/u.exec(header)?.[1] ?? null) : null
}

function unreachable(address: URL, error: unknown): Trouble {
  const code = codeOf(error)
  if (code.startsWith('ERR_PROXY')) return new Trouble('proxy', `the proxy does not lead to ${address.host} (${code})`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new Trouble('unreachable', `the address ${address.host} cannot be found`)
  if (/CERT|TLS|SSL|SELF_SIGNED/u.test(code)) return new Trouble('unreachable', `the connection to ${address.host} is not safe (${code})`)
  return new Trouble('unreachable', `${address.host} cannot be reached (${code})`)
}

function trouble(kind: TroubleKind, message: string): Result<never, Trouble> {
  return { ok: false, error: new Trouble(kind, message) }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no reason given'
}
