import { constants, isUtf8 } from 'node:buffer'
import { ManifestError } from './manifest.ts'

/**
 * The text of a file of manifests, which is UTF-8.
 *
 * @throws ManifestError for another encoding, whose letters would be read as others, and for more than a text can hold
 */
export function decodeText(bytes: Buffer, file: string): string {
  if (isUtf16(bytes)) {
    throw new ManifestError(
      { file, line: 1 },
      'wanted UTF-8, got UTF-16. Save it as UTF-8 (in PowerShell: Out-File -Encoding utf8).',
    )
  }
  if (!isUtf8(bytes)) {
    throw new ManifestError(
      { file, line: lineOfFault(bytes) },
      'wanted UTF-8, got bytes that are none. Save the file as UTF-8.',
    )
  }
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new ManifestError({ file, line: 1 }, 'has more than 512 MiB. Give it in several files.')
  }
  return bytes.toString('utf8')
}

/** By its byte order mark, or as half of its first character is nothing: manifests begin with ASCII. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (
    (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0
  )
}

const LINE_BREAK = 10

function lineOfFault(bytes: Buffer): number {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const found = bytes.indexOf(LINE_BREAK, from)
    const end = found === -1 ? bytes.length : found + 1
    if (!isUtf8(bytes.subarray(from, end))) break
    from = end
  }
  return line
}
