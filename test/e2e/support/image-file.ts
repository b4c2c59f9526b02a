/** One instruction of a Dockerfile, its lines joined: `COPY`, `src src`. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

/** A stage: what it begins with, its name if it has one, and its instructions. */
export interface Stage {
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** Reads a Dockerfile into its stages; an ARG before the first one fills in `FROM ${NAME}`. */
export function readStages(text: string): Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  const args = new Map<string, string>()
  for (const { name, rest } of instructionsOf(text)) {
    if (name === 'FROM') {
      const [, base = '', as] = /^(?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/.exec(rest) ?? []
      stages.push({ base: fillIn(base, args), name: as, instructions: [] })
    } else if (stages.length === 0) args.set(...pairOf(rest))
    else stages.at(-1)?.instructions.push({ name, rest })
  }
  return stages
}

/** `["node", "-e", "…"]`: a command without a shell. Throws for one with, which an image without a shell cannot run. */
export function execForm(rest: string): string[] {
  const command: unknown = rest.startsWith('[') ? JSON.parse(rest) : undefined
  if (Array.isArray(command)) return command.map(String)
  throw new Error(`needs a shell, and the image has none: ${rest}. Write it as ["program", "argument"]`)
}

/** `NAME=value` */
export function pairOf(rest: string): [string, string] {
  const at = rest.indexOf('=')
  return [rest.slice(0, at), rest.slice(at + 1).replace(/^"(.*)"$/, '$1')]
}

export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '')
}

/**
 * Which paths of a build's context an engine would see. Read is what ours has: everything is left out but what a line with
 * `!` names.
 */
export function readDockerignore(text: string): (path: string) => boolean {
  const [first, ...rest] = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const kept = rest.map((line) => {
    if (first === '*' && /^![\w./-]+$/.test(line)) return line.slice(1)
    throw new Error(`.dockerignore: "${line}" is not "!path" after "*", which is all that this reads`)
  })
  return (path) => kept.some((one) => path === one || path.startsWith(`${one}/`))
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  const joined = lines.join('\n').replaceAll('\\\n', ' ').split('\n')
  return joined
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? []
      return { name, rest }
    })
}
