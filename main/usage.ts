/**
 * What may be typed: the commands of `steward`, their operands and options, and the text of `steward help`.
 *
 * Invariants: pure; nothing that is typed wrong reaches a command; options that a command does not take are wrong usage.
 */
import { parseArgs } from 'node:util'

/** What was asked, whole and well formed. */
export type Request =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'preview' | 'verify' | 'cards add'; readonly file: string; readonly options: Options }
  | { readonly command: 'cards list'; readonly options: Options }
  | { readonly command: 'cards show' | 'cards retire'; readonly id: string; readonly options: Options }
  | { readonly command: 'import'; readonly file: string; readonly yes: boolean; readonly options: Options }
  | { readonly command: 'export'; readonly file: string | null; readonly options: Options }

export interface Options {
  /** As typed; null where the environment or the platform decides. */
  readonly home: string | null
  /** JSON on standard output instead of words. */
  readonly json: boolean
}

export type Reading = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly mistake: string }

const usages = {
  preview: 'preview FILE|-',
  verify: 'verify FILE|-',
  'cards list': 'cards list',
  'cards add': 'cards add FILE|-',
  'cards show': 'cards show ID',
  'cards retire': 'cards retire ID',
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
  import: 'what a file would change; with --yes, change it',
  export: 'everything, in a file that "import" takes back whole'
}

export const helpText = `steward: your values, and what an agent guided by them would do

${Object.entries(usages).map(([command, usage]) => `  ${usage.padEnd(32)}${purposes[command as Command]}`).join('\n')}
  ${'help'.padEnd(32)}this text

  --home DIR   where your data lives (else VALUES_STEWARD_HOME, else the usual place)
  --json       JSON on standard output; a list is one object a line

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
    return mistake(`there is no command ${JSON.stringify(positionals[0].slice(0, 60).toWellFormed())}`)
  }
  const { command, operands } = found
  if (values.home === '') return mistake('--home names no folder')
  if (values.yes === true && command !== 'import') return mistake(`${command} takes no --yes`)
  if (values.format !== undefined && command !== 'export') return mistake(`${command} takes no --format`)
  const options = { home: values.home ?? null, json: values.json === true }
  const [operand, ...more] = operands
  if (more.length > 0 || operand === '') return mistake(`usage: steward ${usages[command]}`)
  switch (command) {
    case 'cards list':
      return operand === undefined ? read({ command, options }) : mistake(`usage: steward ${usages[command]}`)
    case 'export':
      if (values.format !== undefined && values.format !== 'native') return mistake('export knows --format native only')
      return read({ command, file: operand === '-' ? null : (operand ?? null), options })
    case 'preview':
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
