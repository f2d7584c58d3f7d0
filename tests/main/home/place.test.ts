import { describe, expect, it } from 'vitest'
import { homeFolder, usualPlace } from '../../../main/home/place.ts'

describe('the home folder', () => {
  it('is what --home says, before the environment, made absolute', () => {
    expect(homeFolder('/a/b/../c', { VALUES_STEWARD_HOME: '/other' })).toBe('/a/c')
    expect(homeFolder('c', {})).toBe(`${process.cwd()}/c`)
  })

  it('is what the environment says, unless that is empty', () => {
    expect(homeFolder(undefined, { VALUES_STEWARD_HOME: '/other' })).toBe('/other')
    expect(homeFolder(undefined, { VALUES_STEWARD_HOME: '', XDG_DATA_HOME: '/data' })).toBe('/data/values-steward')
  })

  it.each([
    ['linux', {}, '/home/ada', '/home/ada/.local/share/values-steward'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/ada', '/data/values-steward'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada', '/home/ada/.local/share/values-steward'],
    ['freebsd', {}, '/home/ada', '/home/ada/.local/share/values-steward'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/Users/ada', '/Users/ada/Library/Application Support/Values Steward'],
    ['win32', { LOCALAPPDATA: 'C:\\Users\\ada\\AppData\\Local' }, 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Local\\Values Steward'],
    ['win32', {}, 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Local\\Values Steward']
  ] as const)('without either is the usual place of %s (case %#)', (platform, environment, user, place) => {
    expect(usualPlace(platform, environment, user)).toBe(place)
  })
})
