import { describe, expect, test } from 'vitest'
import { logLines } from '../../src/record/log-lines.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const linesOf = (text: string, { size = 7, longest = 100 } = {}): Promise<string[]> =>
  Array.fromAsync(logLines(inPieces(Buffer.from(text), size), longest))

describe('the lines of a log', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\n\nb', ['', '', 'b']],
    ['a longer line than one piece\nand another', ['a longer line than one piece', 'and another']],
  ])('of %j', async (text, lines) => {
    for (const size of [1, 2, 7, 1000]) expect(await linesOf(text, { size })).toEqual(lines)
  })

  test('are whole letters, wherever a piece ends', async () => {
    for (const size of [1, 2, 3, 5])
      expect(await linesOf('żółw 🐢\nend', { size })).toEqual(['żółw 🐢', 'end'])
  })

  test('are cut where they are too long, and the next one begins where it does', async () => {
    const lines = await linesOf(`${'a'.repeat(5000)}\nb\n${'c'.repeat(101)}`)
    expect(lines.map((line) => line.length)).toEqual([101, 1, 101])
  })
})
