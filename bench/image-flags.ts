import { readFileSync } from 'node:fs'

/** How the image starts Node: read from the Dockerfile, so that what is measured is what people run. */
export interface ImageStart {
  /** before the program */
  readonly flags: readonly string[]
  /** those that tune memory */
  readonly env: Readonly<Record<string, string>>
}

export function readImageStart(dockerfile = new URL('../Dockerfile', import.meta.url)): ImageStart {
  const text = readFileSync(dockerfile, 'utf8')
  const [, list = '[]'] = /^ENTRYPOINT (.*)$/m.exec(text) ?? []
  const entrypoint = JSON.parse(list) as string[]
  const flags = entrypoint.filter((argument) => argument.startsWith('--'))
  if (flags.length === 0) throw new Error('Dockerfile: no ENTRYPOINT ["node", "--flag", …] was found')
  return {
    flags,
    env: Object.fromEntries(
      [...text.matchAll(/^ENV (MALLOC_\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
    ),
  }
}
