import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseSync } from 'rolldown/utils'

const SRC = resolve(import.meta.dirname, '../../src')

/** One import of a file: of another file of `src` (by its path there), or of a package. */
export interface Import {
  readonly from: string
  readonly to: string
  readonly kind: 'value' | 'type' | 'dynamic'
}

/** Every source file, by its path in `src`. */
export function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .toSorted()
}

/** Every import of every source file, read with a parser. */
export function readImports(): Import[] {
  return sourceFiles().flatMap((file) => {
    const { module } = parseSync(file, readFileSync(join(SRC, file), 'utf8'))
    const toPlace = (specifier: string): string =>
      specifier.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), specifier)) : specifier
    const reexports = module.staticExports
      .flatMap(({ entries }) => entries)
      .flatMap(({ moduleRequest, isType }) =>
        moduleRequest ? [{ moduleRequest, entries: [{ isType }] }] : [],
      )
    const statics = [...module.staticImports, ...reexports].map(({ moduleRequest, entries }) => ({
      from: file,
      to: toPlace(moduleRequest.value),
      kind:
        entries.length > 0 && entries.every(({ isType }) => isType) ? ('type' as const) : ('value' as const),
    }))
    const dynamics = module.dynamicImports.map(({ moduleRequest }) => ({
      from: file,
      to: toPlace(
        readFileSync(join(SRC, file), 'utf8').slice(moduleRequest.start + 1, moduleRequest.end - 1),
      ),
      kind: 'dynamic' as const,
    }))
    return [...statics, ...dynamics]
  })
}

/** The files that loading `start` loads, itself included. */
export function closureOf(start: string, imports: readonly Import[]): Set<string> {
  const values = Map.groupBy(
    imports.filter(({ kind }) => kind === 'value'),
    ({ from }) => from,
  )
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const { to } of values.get(file) ?? []) visit(to)
  }
  visit(start)
  return reached
}

/** The first loop of value imports, as the files on it. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const values = Map.groupBy(
    imports.filter(({ kind }) => kind === 'value'),
    ({ from }) => from,
  )
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { to } of values.get(file) ?? []) {
      const cycle = visit(to, [...trail, file])
      if (cycle !== undefined) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of values.keys()) {
    const cycle = visit(file, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
