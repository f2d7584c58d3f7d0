/** Reads a secret from a terminal: nothing of it is shown, not even how long it is. */
import type { ReadStream } from 'node:tty'
import type { Writable } from 'node:stream'

/** What was typed up to the end of the line; null where the person gave up (Ctrl-C, Ctrl-D) or the terminal is gone. */
export function askSecret(input: ReadStream, output: Writable, question: string): Promise<string | null> {
  return new Promise((resolve) => {
    let typed: readonly string[] = []
    const decoder = new TextDecoder()
    const end = (answer: string | null): void => {
      input.off('data', take)
      input.off('end', gone)
      input.off('close', gone)
      input.setRawMode(false)
      input.pause()
      output.write('\n')
      resolve(answer)
    }
    const gone = (): void => end(null)
    const take = (bytes: Buffer | string): void => {
      for (const character of typeof bytes === 'string' ? bytes : decoder.decode(bytes, { stream: true })) {
        switch (character) {
          case '\r':
          case '\n':
            return end(typed.join(''))
          case '\u0003':
          case '\u0004':
            return end(null)
          case '\u007f':
          case '\b':
            typed = typed.slice(0, -1)
            break
          case '\u0015':
            typed = []
            break
          default:
            if (character >= ' ' && typed.length < 2_000) typed = [...typed, character]
        }
      }
    }
    output.write(question)
    input.setRawMode(true)
    input.on('data', take)
    input.once('end', gone)
    input.once('close', gone)
    input.resume()
  })
}
