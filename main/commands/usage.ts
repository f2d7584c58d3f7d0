/**
 * What may be typed: the commands of `steward`, their operands and options, and the text of `steward help`.
 *
 * Invariants: pure; nothing that is typed wrong reaches a command; options that a command does not take are wrong usage.
 */
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { RelayAddress } from '../../shared/devices.ts'

/** What was asked, whole and well formed. */
export type Request =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'verify' | 'cards add'; readonly file: string; readonly options: Options }
  /** `model`: null for the one that was chosen on this device. */
  | { readonly command: 'preview'; readonly file: string; readonly model: string | null; readonly options: Options }
  | { readonly command: 'models list'; readonly options: Options }
  | { readonly command: 'models show' | 'models choose' | 'models remove'; readonly name: string; readonly options: Options }
  | { readonly command: 'models install'; readonly what: { readonly name: string } | { readonly from: string }; readonly accepted: boolean; readonly options: Options }
  | { readonly command: 'cards list' | 'scenarios list'; readonly options: Options }
  | { readonly command: 'cards show' | 'cards retire'; readonly id: string; readonly options: Options }
  | { readonly command: 'import'; readonly file: string; readonly yes: boolean; readonly options: Options }
  | { readonly command: 'export'; readonly file: string | null; readonly options: Options }
  /** `code` is null where this device offers. */
  | { readonly command: 'pair'; readonly code: string | null; readonly address: string | null; readonly options: Options }
  | { readonly command: 'devices'; readonly options: Options }
  | { readonly command: 'revoke'; readonly device: string; readonly options: Options }
  | { readonly command: 'rename'; readonly device: string; readonly name: string; readonly options: Options }
  | { readonly command: 'quarantine list'; readonly options: Options }
  | { readonly command: 'quarantine take' | 'quarantine drop'; readonly key: string; readonly options: Options }
  /** `relay`: null switches it off; undefined leaves it as it is. */
  | { readonly command: 'anywhere'; readonly relay: string | null | undefined; readonly options: Options }
  | { readonly command: 'passphrase set' | 'passphrase change' | 'passphrase remove'; readonly options: Options }
  /** `secretFile`: what a backup opens by, in its first line. */
  | { readonly command: 'backup'; readonly file: string | null; readonly secretFile: string | null; readonly options: Options }
  | { readonly command: 'restore'; readonly file: string; readonly yes: boolean; readonly secretFile: string | null; readonly options: Options }
  | { readonly command: 'doctor'; readonly mend: boolean; readonly options: Options }
  | { readonly command: 'sync'; readonly once: boolean; readonly folder: string | null; readonly options: Options }

export interface Options {
  /** As typed; null where the environment or the platform decides. */
  readonly home: string | null
  /** JSON on standard output instead of words. */
  readonly json: boolean
  /** Holds the passphrase in its first line; `-` is standard input. */
  readonly passphraseFile?: string
}

export type Reading = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly mistake: string }

const usages = {
  preview: 'preview FILE|- [--model NAME]',
  verify: 'verify FILE|-',
  'cards list': 'cards list',
  'cards add': 'cards add FILE|-',
  'cards show': 'cards show ID',
  'cards retire': 'cards retire ID',
  'scenarios list': 'scenarios list',
  'models list': 'models list',
  'models show': 'models show NAME',
  'models install': 'models install NAME|--from DIR',
  'models choose': 'models choose NAME',
  'models remove': 'models remove NAME',
  pair: 'pair --offer | CODE [--address A]',
  devices: 'devices',
  rename: 'rename DEVICE NAME',
  revoke: 'revoke DEVICE',
  'quarantine list': 'quarantine list',
  'quarantine take': 'quarantine take KEY',
  'quarantine drop': 'quarantine drop KEY',
  sync: 'sync [--once] [--folder DIR]',
  anywhere: 'anywhere [RELAY | --off]',
  backup: 'backup [FILE] [--phrase-file FILE|-]',
  restore: 'restore FILE [--yes] [--phrase-file FILE|-]',
  doctor: 'doctor [--mend]',
  'passphrase set': 'passphrase set',
  'passphrase change': 'passphrase change',
  'passphrase remove': 'passphrase remove',
  import: 'import FILE|- [--yes]',
  export: 'export --format native [FILE]'
} as const
type Command = keyof typeof usages

const purposes: Readonly<Record<Command, string>> = {
  preview: 'what an agent guided by these values would do, and why',
  verify: 'check an answer of "preview --json", without a model',
  'cards list': 'every values card',
  'cards add': 'add one card or a list of cards',
  'cards show': 'one card',
  'cards retire': 'put a card out of force; it is kept',
  'scenarios list': 'every situation to rehearse, of the packs and your own',
  'models list': 'the models that are here, and those that can be had',
  'models show': 'one model: size, memory, languages, licence, terms',
  'models install': 'fetch it, or copy it from a folder; --accept accepts its terms',
  'models choose': 'which one predicts on this device',
  'models remove': 'take it off this device',
  pair: 'offer your values to another device of yours, or fetch them',
  devices: 'this device and your others',
  rename: 'another name for a device, on all of them',
  revoke: 'let a device in no more',
  'quarantine list': 'what other devices sent that was put aside, and what it would do',
  'quarantine take': 'let it in all the same',
  'quarantine drop': 'leave it out for good',
  sync: 'keep level with your other devices until told to stop',
  anywhere: 'whether they meet through a relay, too; set it on each of them',
  backup: 'everything in one sealed file; shows the 24 words that open it',
  restore: 'what going back to a backup would change; with --yes, go back',
  doctor: 'look whether all is well with this home; --mend puts it right',
  'passphrase set': 'lock this home with a passphrase',
  'passphrase change': 'another passphrase in its place',
  'passphrase remove': 'keep the key in a file of this account again',
  import: 'what a file would change; with --yes, change it',
  export: 'everything, in a file that "import" takes back whole'
}

/** What does not fit before its purpose stands above it. */
function helpLine(usage: string, purpose: string): string {
  return `  ${usage.length < 32 ? usage.padEnd(32) : `${usage}\n${' '.repeat(34)}`}${purpose}`
}

export const helpText = `steward: your values, and what an agent guided by them would do

${Object.entries(usages).map(([command, usage]) => helpLine(usage, purposes[command as Command])).join('\n')}
${helpLine('help', 'this text')}

  --home DIR   where your data lives (else VALUES_STEWARD_HOME, else the usual place)
  --json       JSON on standard output; a list is one object a line
  --passphrase-file FILE|-
               where a passphrase is read from, a line each: the present one, then the new one

A home that is locked asks for its passphrase in the terminal; else it is taken from VALUES_STEWARD_PASSPHRASE (a new one from
VALUES_STEWARD_NEW_PASSPHRASE). Without a passphrase, a home's key lies in a file in the folder VALUES_STEWARD_KEYS (else the
usual one of this account), never in the home.

A backup opens by the 24 words that it shows, or by what --phrase-file (or VALUES_STEWARD_BACKUP_PHRASE) gives: those words, or a
passphrase of your own.

Exit code 0: done, or yes. 1: no, or a file that is not right. 2: wrong usage.
`

/** Reads what was typed; a `mistake` is one clause that says what is wrong with it. */
export function readArguments(argv: readonly string[]): Reading {
  let parsed
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      strict: true,
      options: {
        home: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean' },
        format: { type: 'string' },
        model: { type: 'string' },
        from: { type: 'string' },
        accept: { type: 'boolean' },
        offer: { type: 'boolean' },
        address: { type: 'string' },
        once: { type: 'boolean' },
        folder: { type: 'string' },
        off: { type: 'boolean' },
        mend: { type: 'boolean' },
        'phrase-file': { type: 'string' },
        'passphrase-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' }
      }
    })
  } catch (error) {
    return mistake(explain(error))
  }
  const { values, positionals } = parsed
  if (values.help === true || positionals[0] === 'help') return read({ command: 'help' })
  if (values.version === true) return read({ command: 'version' })
  const found = findCommand(positionals)
  if (found === null) {
    if (positionals[0] === undefined) return mistake('no command was given')
    if (positionals[0] === 'cards') return mistake('cards takes list, add, show or retire')
    if (positionals[0] === 'models') return mistake('models takes list, show, install, choose or remove')
    if (positionals[0] === 'scenarios') return mistake('scenarios takes list')
    if (positionals[0] === 'quarantine') return mistake('quarantine takes list, take or drop')
    if (positionals[0] === 'passphrase') return mistake('passphrase takes set, change or remove')
    return mistake(`there is no command ${JSON.stringify(positionals[0].slice(0, 60).toWellFormed())}`)
  }
  const { command, operands } = found
  if (values.home === '') return mistake('--home names no folder')
  if (values.yes === true && command !== 'import' && command !== 'restore') return mistake(`${command} takes no --yes`)
  if (values.format !== undefined && command !== 'export') return mistake(`${command} takes no --format`)
  if (values.model !== undefined && command !== 'preview') return mistake(`${command} takes no --model`)
  for (const only of ['from', 'accept'] as const) if (values[only] !== undefined && command !== 'models install') return mistake(`${command} takes no --${only}`)
  for (const only of ['offer', 'address'] as const) if (values[only] !== undefined && command !== 'pair') return mistake(`${command} takes no --${only}`)
  for (const only of ['once', 'folder'] as const) if (values[only] !== undefined && command !== 'sync') return mistake(`${command} takes no --${only}`)
  if (values.off !== undefined && command !== 'anywhere') return mistake(`${command} takes no --off`)
  if (values.mend !== undefined && command !== 'doctor') return mistake(`${command} takes no --mend`)
  const secretFile = values['phrase-file'] ?? null
  if (secretFile !== null && command !== 'backup' && command !== 'restore') return mistake(`${command} takes no --phrase-file`)
  if (secretFile === '') return mistake('--phrase-file names no file')
  const passphraseFile = values['passphrase-file']
  if (passphraseFile === '') return mistake('--passphrase-file names no file')
  const options = { home: values.home ?? null, json: values.json === true, ...(passphraseFile === undefined ? {} : { passphraseFile }) }
  const [operand, ...more] = operands
  if (passphraseFile === '-' && (operand === '-' || command === 'pair')) return mistake(`${command} reads standard input itself; name another file with --passphrase-file`)
  if (more.length > (command === 'rename' ? 1 : 0) || operand === '') return mistake(`usage: steward ${usages[command]}`)
  if (passphraseFile === '-' && secretFile === '-') return mistake('standard input cannot hold both; name another file with --phrase-file')
  switch (command) {
    case 'backup':
      return read({ command, file: operand ?? null, secretFile, options })
    case 'restore':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, file: operand, yes: values.yes === true, secretFile, options })
    case 'doctor':
      return operand === undefined ? read({ command, mend: values.mend === true, options }) : mistake(`usage: steward ${usages[command]}`)
    case 'pair': {
      const { offer = false, address } = values
      if (offer ? operand !== undefined || address !== undefined : operand === undefined) return mistake(`usage: steward ${usages[command]}`)
      if (operand !== undefined && !/^\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{3}$/u.test(operand)) return mistake('a code is four groups of three digits, as the other device shows it')
      if (address !== undefined && !isAddress(address)) return mistake('--address takes IP:PORT, as the other device shows it')
      return read({ command, code: operand ?? null, address: address ?? null, options })
    }
    case 'revoke':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, device: operand, options })
    case 'rename': {
      const name = more[0]?.trim() ?? ''
      return operand === undefined || name === '' ? mistake(`usage: steward ${usages[command]}`) : read({ command, device: operand, name, options })
    }
    case 'quarantine take':
    case 'quarantine drop':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, key: operand, options })
    case 'sync':
      if (operand !== undefined || values.folder === '') return mistake(`usage: steward ${usages[command]}`)
      return read({ command, once: values.once === true, folder: values.folder ?? null, options })
    case 'anywhere':
      if (values.off === true && operand !== undefined) return mistake(`usage: steward ${usages[command]}`)
      if (operand !== undefined && !RelayAddress.safeParse(operand).success) return mistake('a relay’s address begins with https://')
      return read({ command, relay: values.off === true ? null : operand, options })
    case 'cards list':
    case 'devices':
    case 'models list':
    case 'quarantine list':
    case 'scenarios list':
    case 'passphrase set':
    case 'passphrase change':
    case 'passphrase remove':
      return operand === undefined ? read({ command, options }) : mistake(`usage: steward ${usages[command]}`)
    case 'export':
      if (values.format !== undefined && values.format !== 'native') return mistake('export knows --format native only')
      return read({ command, file: operand === '-' ? null : (operand ?? null), options })
    case 'preview':
      return operand === undefined || values.model === '' ? mistake(`usage: steward ${usages[command]}`) : read({ command, file: operand, model: values.model ?? null, options })
    case 'models install': {
      const { from, accept = false } = values
      if ((operand === undefined) === (from === undefined) || from === '') return mistake(`usage: steward ${usages[command]}`)
      return read({ command, what: from === undefined ? { name: operand ?? '' } : { from }, accepted: accept, options })
    }
    case 'models show':
    case 'models choose':
    case 'models remove':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, name: operand, options })
    case 'verify':
    case 'cards add':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, file: operand, options })
    case 'cards show':
    case 'cards retire':
      return operand === undefined ? mistake(`usage: steward ${usages[command]}`) : read({ command, id: operand, options })
    case 'import':
      return operand === undefined
        ? mistake(`usage: steward ${usages[command]}`)
        : read({ command, file: operand, yes: values.yes === true, options })
  }
}

/** `192.168.1.4:51234` or `[fe80::1]:51234`; a name would be looked up with somebody. */
function isAddress(text: string): boolean {
  const [, host = '', port = ''] = /^\[?([0-9a-f.:]{2,45})\]?:(\d{1,5})$/iu.exec(text) ?? []
  return isIP(host) !== 0 && Number(port) >= 1 && Number(port) <= 65_535
}

function findCommand(positionals: readonly string[]): { readonly command: Command; readonly operands: readonly string[] } | null {
  for (const length of [2, 1]) {
    const name = positionals.slice(0, length).join(' ')
    if (positionals.length >= length && Object.hasOwn(usages, name)) return { command: name as Command, operands: positionals.slice(length) }
  }
  return null
}

/** Node's own words for a wrong option, their first sentence in one line. */
function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const option = /'(-[^']*)'/u.exec(message)?.[1]
  const plain = option === undefined ? 'an option' : option.replace(/ .*$/u, '').slice(0, 60).toWellFormed()
  if (/unknown option/iu.test(message)) return `there is no option ${plain}`
  if (/argument missing|ambiguous/iu.test(message)) return `${plain} needs a value`
  return `${plain} is not used this way`
}

function read(request: Request): Reading {
  return { ok: true, request }
}

function mistake(mistake: string): Reading {
  return { ok: false, mistake }
}
