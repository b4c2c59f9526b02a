import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnreadableAnswer } from '../../src/kube/call-errors.ts'
import { splitLines } from '../../src/kube/split-lines.ts'

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

async function linesOf(chunks: AsyncIterable<Uint8Array>, longest?: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of splitLines(chunks, longest)) lines.push(line)
  return lines
}

async function* brokenChunks(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a\n')
  throw new Error('reset')
}

test('a chunk may hold many lines, and a line many chunks', async () => {
  expect(await linesOf(chunksOf('a\nb', 'c', 'd\n', '', 'e\n'))).toEqual(['a', 'bcd', 'e'])
})

test('a letter may be cut in two', async () => {
  const bytes = Buffer.from('né€😀\n')
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(await linesOf(chunksOf(bytes.subarray(0, cut), bytes.subarray(cut)))).toEqual(['né€😀'])
})

test('whatever the chunks, the lines are the same', async () => {
  const line = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\n'))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat(7)), async (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
      const chunks: Uint8Array[] = []
      let start = 0
      for (const cut of cuts) chunks.push(bytes.subarray(start, (start += cut)))
      chunks.push(bytes.subarray(start))
      expect(await linesOf(chunksOf(...chunks))).toEqual(lines)
    }),
  )
})

test('empty lines are nothing', async () => {
  expect(await linesOf(chunksOf('\n\na\n\n'))).toEqual(['a'])
})

test('a stream that ends within a line says so, after the whole lines', async () => {
  const lines = splitLines(chunksOf('a\n{"half'))
  expect(await lines.next()).toEqual({ done: false, value: 'a' })
  await expect(lines.next()).rejects.toThrow('ended within a line, after 6 bytes')
})

test('bytes that are no UTF-8 are refused', async () => {
  await expect(linesOf(chunksOf(Buffer.from([0x61, 0xff, 0x0a])))).rejects.toThrow(UnreadableAnswer)
})

test.each([
  ['in one chunk', ['0123456789\n']],
  ['in many, without an end in sight', ['01234', '56789', 'abc']],
])('a line over the limit is refused, %s', async (_, chunks) => {
  await expect(linesOf(chunksOf(...chunks), 8)).rejects.toThrow('longer than 8 bytes')
})

test('a line at the limit is fine', async () => {
  expect(await linesOf(chunksOf('01234567\n', '0123', '4567\n'), 8)).toEqual(['01234567', '01234567'])
})

test('passes a broken source on', async () => {
  await expect(linesOf(brokenChunks())).rejects.toThrow('reset')
})
