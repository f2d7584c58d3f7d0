import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runHere } from '../support/terminal.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'scenarios-'))
})
afterEach(() => rm(home, { recursive: true }))

it('`scenarios list --json` prints one object a line, with the fields that are promised', async () => {
  const { code, output, errors } = await runHere(['scenarios', 'list', '--json', '--home', home])
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  const lines = output.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines.length).toBeGreaterThanOrEqual(120)
  for (const line of lines) {
    expect(Object.keys(line)).toEqual(['id', 'domain', 'mode', 'situation', 'options', 'paraphrases', 'pack'])
    expect(line).toMatchObject({ id: expect.stringMatching(/^[a-z]+:[a-z0-9-]+$/u), mode: expect.stringMatching(/^(?:theory|action)$/u), pack: expect.any(String) })
    expect((line['paraphrases'] as readonly unknown[]).length).toBeGreaterThanOrEqual(2)
  }
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length)
})

it('what a pack of the home holds comes too; what is left out of it is a note, and no failure', async () => {
  await mkdir(join(home, 'packs'))
  await writeFile(join(home, 'packs', 'mine.jsonl'), '{"id":"mine","title":"Mine","licence":"CC0-1.0","author":"I","language":"en"}\n{"id":"a","domain":"garden","mode":"theory","situation":"The hedge is high.","options":["Cut it","Leave it"],"reversibility":"easily","stakes":"low"}\n{"id":')
  const { code, output, errors } = await runHere(['scenarios', 'list', '--json', '--home', home])
  expect(code).toBe(0)
  expect(output).toContain('"id":"mine:a"')
  expect(errors).toMatch(/^note: mine\.jsonl, line 3: left out: .*\n$/u)
})

it.each([[['scenarios']], [['scenarios', 'add']], [['scenarios', 'list', 'more']]])('%j is wrong usage', async (argv) => {
  expect(await runHere([...argv, '--home', home])).toMatchObject({ code: 2, output: '' })
})
