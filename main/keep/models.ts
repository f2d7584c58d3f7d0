/**
 * The doctor's look at the models: those that come with the app and those that were installed, every byte of every file against the
 * hashes that they were made or fetched with. Changes nothing.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownFolder, readInstalled } from '../../models/installed.ts'
import { builtIn, reader, readWeights } from '../../models/manifest.ts'
import { listKept, listPartial, modelsFolder, readChosen } from '../models/store.ts'
import { inMegabytes } from '../models/disk.ts'
import { note, trouble, well, type Finding } from './finding.ts'

/** `own`: the folder of the models that come with the app. */
export async function examineModels(home: string, own: string = ownFolder): Promise<readonly Finding[]> {
  const models = modelsFolder(home)
  return [...(await lookAtBuiltIn(own)), ...(await lookAtInstalled(models)), ...(await lookAtLists(models)), ...(await lookAtPartial(models))]
}

async function lookAtBuiltIn(own: string): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const name of [builtIn, reader]) {
    const weights = await readWeights(own, name)
    if (weights.ok) findings.push(well('', `the model ${name}, which comes with the app, is whole`))
    else if (!findings.some(({ message }) => message === weights.error.message)) findings.push(trouble('', weights.error.message, weights.error.remedy))
  }
  return findings
}

async function lookAtInstalled(models: string): Promise<readonly Finding[]> {
  const chosen = await readChosen(models)
  const findings: Finding[] = []
  const kept = await listKept(models)
  for (const { name, folder } of kept) {
    const read = await readInstalled(folder)
    const first = name === chosen ? `choose another one ("steward models choose ${builtIn}"), then ` : ''
    findings.push(read.ok ? well(`models/${name}`, 'is as it was when it was installed') : trouble(`models/${name}`, read.error.message, `${first}remove it ("steward models remove ${name}") and install it again`))
  }
  if (chosen !== builtIn && !kept.some(({ name }) => name === chosen)) findings.push(trouble('models/chosen.json', `the model ${chosen} that was chosen is not here; the built-in one answers instead`, 'choose another one, or install it again'))
  return findings
}

/** What they say counts as nothing where it cannot be read. */
async function lookAtLists(models: string): Promise<readonly Finding[]> {
  const lists = [['chosen.json', 'choose your model again ("steward models choose NAME")'], ['pinned.json', 'take it away: what a source gives is noted again at the next download']] as const
  const found = await Promise.all(lists.map(async ([file, remedy]) => {
    const text = await readFile(join(models, file), 'utf8').catch(() => '{}')
    return isJson(text) ? [] : [trouble(`models/${file}`, 'it is damaged', remedy)]
  }))
  return found.flat()
}

async function lookAtPartial(models: string): Promise<readonly Finding[]> {
  return [...(await listPartial(models))].map(([name, bytes]) => note(`models/.partial/${name}`, `${name} was fetched in part (${inMegabytes(bytes)})`, `"steward models install ${name}" goes on with it, "steward models remove ${name}" takes it away`))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
