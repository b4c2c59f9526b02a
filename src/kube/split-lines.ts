import { isUtf8 } from 'node:buffer'
import { UnreadableAnswer } from './call-errors.ts'

/**
 * The longest line believed, in bytes. etcd stores 1.5 MiB by default and at most a few, and JSON from Go writes `<` in
 * six bytes, so an honest line stays under 18 MiB; beyond that somebody holds the newline back.
 */
export const LONGEST_LINE = 32 * 1024 * 1024

const NEWLINE = 0x0a

/**
 * Cuts bytes into lines. Works on bytes and decodes whole lines only, so it does not matter where a chunk ends, even
 * within a letter. A newline at the very end is needed: without it, the rest is half a line.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  longest = LONGEST_LINE,
): AsyncGenerator<string> {
  let pieces: Uint8Array[] = []
  let length = 0

  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end))
      start = end + 1
      const line = Buffer.concat(pieces)
      pieces = []
      length = 0
      if (line.length > longest) throw tooLong(longest)
      if (line.length > 0) yield decodeLine(line)
    }
    if (start === chunk.length) continue
    pieces.push(chunk.subarray(start))
    length += chunk.length - start
    if (length > longest) throw tooLong(longest)
  }
  if (length > 0) throw new UnreadableAnswer(`the watch ended within a line, after ${length} bytes of it`)
}

function decodeLine(line: Buffer): string {
  if (!isUtf8(line)) throw new UnreadableAnswer('a line of the watch is not UTF-8')
  return line.toString('utf8')
}

function tooLong(longest: number): UnreadableAnswer {
  return new UnreadableAnswer(`a line of the watch is longer than ${longest} bytes`)
}
