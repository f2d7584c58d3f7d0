/**
 * The window's own files (out/renderer) and the headers that every page of ours is served with, whatever the scheme: the
 * browser host's http: and the Electron window's app:.
 *
 * Invariants: only regular files inside the folder are ever read, links resolved first; only the types below are served;
 * the policy allows what the window needs and nothing else.
 */
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

export interface Asset {
  readonly bytes: Uint8Array
  readonly type: string
  /** True where the name holds a hash of the content, so that it may be kept for ever. */
  readonly immutable: boolean
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8'
}

/**
 * The one style element that is not a file: react-aria adds it so that a tap is not delayed. Its exact text is allowed by
 * hash; should a new release change it, it is blocked (a tap is delayed) and tests/main/doors/assets.test.ts fails.
 */
export const pressableStyle = `@layer {
  [data-react-aria-pressable] {
    touch-action: pan-x pan-y pinch-zoom;
  }
}`
const pressableStyleHash = 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='

/** Style attributes set by script (CSSOM) are not subject to it, so `unsafe-inline` is not needed. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' '${pressableStyleHash}'`,
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()'
}

/**
 * The file of `folder` that the path of an address names (`/` is index.html); null where there is none to serve: no such
 * file, a way out of the folder, an unknown type, a path that does not decode. Never throws.
 */
export async function readAsset(folder: string, pathname: string): Promise<Asset | null> {
  const name = decode(pathname === '/' ? '/index.html' : pathname)
  const type = name === null ? undefined : types[extname(name)]
  if (name === null || type === undefined) return null
  try {
    const root = await realpath(folder)
    const path = await realpath(join(root, name))
    if (!path.startsWith(root + sep)) return null
    if (!(await stat(path)).isFile()) return null
    return { bytes: await readFile(path), type, immutable: /^\/assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/u.test(name) }
  } catch {
    return null
  }
}

/** The decoded path, where each of its parts is the plain name of a file that is not hidden. */
function decode(pathname: string): string | null {
  try {
    const name = decodeURIComponent(pathname)
    const parts = name.split('/').slice(1)
    return name.startsWith('/') && parts.every((part) => /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/u.test(part)) ? name : null
  } catch {
    return null
  }
}
