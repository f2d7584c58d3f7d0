/**
 * Whether the model's memory drifts: ten thousand predictions in one process, each of another pair, and fifty processes one after
 * another. Each is measured by resident memory, its last fifth against the fifth before the middle. What is kept of beginnings that were
 * read (models/reader.ts: `pastBytes`) is filled first: it grows until then, and not after.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { startModel } from '../../models/model.ts'
import { measure, median, modelsFolder, value } from './model.ts'
import type { Measurement } from './run.ts'

const predictions = 10_000
const reloads = 50
/** Options of a hundred tokens, more than are kept. */
const fillers = 60

export async function benchMemory(): Promise<readonly Measurement[]> {
  const model = startModel({ folder: modelsFolder })
  const during: number[] = []
  try {
    for (let at = 0; at < fillers; at += 1) value(await model.pairs([{ value: 'care', option: `Go ${at}: ${'and take the longer way round by the river '.repeat(12)}` }]))
    for (let start = 0; start < predictions; start += 100) {
      value(await model.pairs(Array.from({ length: 100 }, (_, at) => ({ value: `care ${start + at}`, option: `Go ${Math.floor((start + at) / 20)}` }))))
      during.push(residentBytes(model.pid ?? 0) / 1e6)
      if (start % 1_000 === 0) process.stderr.write(`${start} predictions, ${Math.round(during.at(-1) ?? 0)} MB\n`)
    }
  } finally {
    await model.close()
  }
  const after: number[] = []
  const own: number[] = []
  for (let round = 0; round < reloads; round += 1) {
    const one = startModel({ folder: modelsFolder })
    value(await one.pairs([{ value: 'care', option: 'Go' }]))
    after.push(residentBytes(one.pid ?? 0) / 1e6)
    await one.close()
    own.push(process.memoryUsage.rss() / 1e6)
    if (round % 10 === 0) process.stderr.write(`${round} reloads, ${Math.round(after.at(-1) ?? 0)} MB\n`)
  }
  return [
    drift(`memory: the model's process over ${predictions.toLocaleString('en')} predictions`, during),
    drift(`memory: the model's process over ${reloads} reloads`, after),
    drift(`memory: who starts it, over ${reloads} reloads`, own)
  ]
}

function drift(name: string, values: readonly number[]): Measurement {
  const fifth = Math.floor(values.length / 5)
  return measure(name, median(values.slice(-fifth)), median(values.slice(fifth * 2 - Math.floor(fifth / 2), fifth * 2 + Math.ceil(fifth / 2))), 'the same before the middle of the run', 'MB')
}

function residentBytes(pid: number): number {
  if (process.platform === 'linux') return Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim()) * 1024
}
