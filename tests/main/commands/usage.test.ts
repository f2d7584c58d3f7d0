import { describe, expect, it } from 'vitest'
import { helpText, readArguments } from '../../../main/commands/usage.ts'

const options = { home: null, json: false }

describe('what is typed', () => {
  it.each([
    [['preview', '-'], { command: 'preview', file: '-', model: null, options }],
    [['--json', 'preview', 'a.json'], { command: 'preview', file: 'a.json', model: null, options: { home: null, json: true } }],
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
    [['pair', '--offer', '--json'], { command: 'pair', code: null, address: null, options: { home: null, json: true } }],
    [['pair', '123-456-789-012'], { command: 'pair', code: '123-456-789-012', address: null, options }],
    [['pair', '123456789012', '--address', '10.0.0.1:4000'], { command: 'pair', code: '123456789012', address: '10.0.0.1:4000', options }],
    [['pair', '123 456 789 012', '--address', '[fe80::1]:4000'], { command: 'pair', code: '123 456 789 012', address: '[fe80::1]:4000', options }],
    [['devices'], { command: 'devices', options }],
    [['revoke', 'ab12'], { command: 'revoke', device: 'ab12', options }],
    [['rename', 'ab12', ' My desk '], { command: 'rename', device: 'ab12', name: 'My desk', options }],
    [['quarantine', 'list', '--json'], { command: 'quarantine list', options: { home: null, json: true } }],
    [['quarantine', 'take', 'ab12'], { command: 'quarantine take', key: 'ab12', options }],
    [['quarantine', 'drop', 'ab12'], { command: 'quarantine drop', key: 'ab12', options }],
    [['sync'], { command: 'sync', once: false, folder: null, options }],
    [['sync', '--once', '--folder', '/stick'], { command: 'sync', once: true, folder: '/stick', options }],
    [['anywhere'], { command: 'anywhere', relay: undefined, options }],
    [['anywhere', '--off'], { command: 'anywhere', relay: null, options }],
    [['anywhere', 'https://relay.example.org'], { command: 'anywhere', relay: 'https://relay.example.org', options }],
    [['anywhere', 'http://192.168.1.9:3340'], { command: 'anywhere', relay: 'http://192.168.1.9:3340', options }],
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
    [['preview'], 'usage: steward preview FILE|- [--model NAME]'],
    [['preview', ''], 'usage: steward preview FILE|- [--model NAME]'],
    [['preview', 'a', 'b'], 'usage: steward preview FILE|- [--model NAME]'],
    [['cards', 'list', 'c1'], 'usage: steward cards list'],
    [['cards', 'show'], 'usage: steward cards show ID'],
    [['preview', 'a', '--yes'], 'preview takes no --yes'],
    [['pair'], 'usage: steward pair --offer | CODE [--address A]'],
    [['pair', '--offer', '123-456-789-012'], 'usage: steward pair --offer | CODE [--address A]'],
    [['pair', 'https://example.org/'], 'a code is four groups of three digits, as the other device shows it'],
    [['pair', '123-456-789-012', '--address', 'example.org:4000'], '--address takes IP:PORT, as the other device shows it'],
    [['pair', '123-456-789-012', '--address', '10.0.0.1:70000'], '--address takes IP:PORT, as the other device shows it'],
    [['devices', 'x'], 'usage: steward devices'],
    [['devices', '--once'], 'devices takes no --once'],
    [['revoke'], 'usage: steward revoke DEVICE'],
    [['revoke', 'ab12', 'cd34'], 'usage: steward revoke DEVICE'],
    [['rename', 'ab12'], 'usage: steward rename DEVICE NAME'],
    [['rename', 'ab12', ' '], 'usage: steward rename DEVICE NAME'],
    [['rename', 'ab12', 'x', 'y'], 'usage: steward rename DEVICE NAME'],
    [['quarantine'], 'quarantine takes list, take or drop'],
    [['quarantine', 'take'], 'usage: steward quarantine take KEY'],
    [['sync', '--offer'], 'sync takes no --offer'],
    [['sync', '--folder='], 'usage: steward sync [--once] [--folder DIR]'],
    [['sync', '--off'], 'sync takes no --off'],
    [['anywhere', 'https://relay.example.org', '--off'], 'usage: steward anywhere [RELAY | --off]'],
    [['anywhere', 'relay.example.org'], 'a relay’s address begins with https://'],
    [['anywhere', 'http://relay.example.org'], 'a relay’s address begins with https://'],
    [['anywhere', 'http://10.0.0.1.example.org'], 'a relay’s address begins with https://'],
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
    for (const command of ['preview', 'verify', 'cards list', 'cards add', 'cards show', 'cards retire', 'pair', 'devices', 'revoke', 'sync', 'anywhere', 'import', 'export']) {
      expect(helpText).toMatch(new RegExp(`^ {2}${command}`, 'mu'))
    }
    /* And says what it is for in a column of its own. */
    expect(helpText.split('\n').filter((line) => /^ {2}[a-z]/u.test(line) && line.charAt(33) !== ' ' && !/[\]-]$/u.test(line))).toEqual([])
  })
})
