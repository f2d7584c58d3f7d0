import { describe, expect, it } from 'vitest'
import { helpText, readArguments } from '../../main/usage.ts'

const options = { home: null, json: false }

describe('what is typed', () => {
  it.each([
    [['preview', '-'], { command: 'preview', file: '-', options }],
    [['--json', 'preview', 'a.json'], { command: 'preview', file: 'a.json', options: { home: null, json: true } }],
    [['verify', 'a.json', '--home', '/h'], { command: 'verify', file: 'a.json', options: { home: '/h', json: false } }],
    [['verify', '--', '--odd.json'], { command: 'verify', file: '--odd.json', options }],
    [['cards', 'list', '--home=/h', '--json'], { command: 'cards list', options: { home: '/h', json: true } }],
    [['cards', '--json', 'show', 'c1'], { command: 'cards show', id: 'c1', options: { home: null, json: true } }],
    [['cards', 'add', '-'], { command: 'cards add', file: '-', options }],
    [['cards', 'retire', 'c1'], { command: 'cards retire', id: 'c1', options }],
    [['import', 'a.json'], { command: 'import', file: 'a.json', yes: false, options }],
    [['import', '--yes', 'a.json'], { command: 'import', file: 'a.json', yes: true, options }],
    [['export', '--format', 'native'], { command: 'export', file: null, options }],
    [['export', '--format', 'native', 'a.json'], { command: 'export', file: 'a.json', options }],
    [['export', '-'], { command: 'export', file: null, options }],
    [['help'], { command: 'help' }],
    [['cards', '--help'], { command: 'help' }],
    [['--version'], { command: 'version' }]
  ])('%j is understood', (argv, request) => {
    expect(readArguments(argv)).toEqual({ ok: true, request })
  })

  it.each([
    [[], 'no command was given'],
    [['nonsense'], 'there is no command "nonsense"'],
    [['__proto__'], 'there is no command "__proto__"'],
    [['toString'], 'there is no command "toString"'],
    [['cards'], 'cards takes list, add, show or retire'],
    [['cards', 'burn'], 'cards takes list, add, show or retire'],
    [['preview'], 'usage: steward preview FILE|-'],
    [['preview', ''], 'usage: steward preview FILE|-'],
    [['preview', 'a', 'b'], 'usage: steward preview FILE|-'],
    [['cards', 'list', 'c1'], 'usage: steward cards list'],
    [['cards', 'show'], 'usage: steward cards show ID'],
    [['preview', 'a', '--yes'], 'preview takes no --yes'],
    [['import', 'a', '--format', 'native'], 'import takes no --format'],
    [['export', '--format', 'markdown'], 'export knows --format native only'],
    [['preview', 'a', '--home'], '--home needs a value'],
    [['preview', 'a', '--home', '--json'], '--home needs a value'],
    [['preview', 'a', '--home='], '--home names no folder'],
    [['preview', 'a', '--loud'], 'there is no option --loud'],
    [['preview', 'a', '-x'], 'there is no option -x'],
    [['preview', 'a', '--json=yes'], '--json is not used this way']
  ])('%j is wrong usage: %s', (argv, mistake) => {
    expect(readArguments(argv)).toEqual({ ok: false, mistake })
  })

  it('is explained by a help that names every command', () => {
    for (const command of ['preview', 'verify', 'cards list', 'cards add', 'cards show', 'cards retire', 'import', 'export']) {
      expect(helpText).toMatch(new RegExp(`^ {2}${command}`, 'mu'))
    }
  })
})
