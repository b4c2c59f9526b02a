/**
 * Cuts the bytes of a log into lines, and keeps no more of one than `longest` letters and one: whoever reads it sees that
 * it is too long, however much of it there was.
 */
export async function* logLines(chunks: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let line = ''
  const add = (piece: string): void => {
    if (line.length <= longest) line = `${line}${piece}`.slice(0, longest + 1)
  }
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      add(text.slice(start, end))
      yield line.replace(/\r$/, '')
      line = ''
      start = end + 1
    }
    add(text.slice(start))
  }
  if (line !== '') yield line
}
