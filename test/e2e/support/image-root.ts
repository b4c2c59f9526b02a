import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { execForm, fillIn, pairOf, readDockerignore, readStages, type Stage } from './image-file.ts'
import { confined, type Confinement } from './image-run.ts'

const run = promisify(execFile)
const CHECKOUT = resolve(import.meta.dirname, '../../..')

/** What `docker build` would have made: a folder with the files of the image, and how to start it. */
export interface Image {
  readonly root: string
  readonly user: number
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly healthcheck: readonly string[]
}

/**
 * Performs the stages of the Dockerfile without a container engine, in folders below `dir`. Two things differ: the base of
 * the image is a folder with Node, the libraries it needs and a few files of /etc; and `npm ci` is the checkout's own
 * node_modules, installed from the same lock file.
 *
 * @param change what to alter in the Dockerfile, for a test that must fail
 */
export async function buildImage(dir: string, change = (text: string): string => text): Promise<Image> {
  const stages = readStages(change(await readFile(join(CHECKOUT, 'Dockerfile'), 'utf8')))
  const isSent = readDockerignore(await readFile(join(CHECKOUT, '.dockerignore'), 'utf8'))
  const roots = new Map<string, string>()
  let image: Image | undefined
  for (const [index, stage] of stages.entries()) {
    const root = join(dir, `stage-${index}`)
    await mkdir(root, { recursive: true })
    if (stage.base.includes('distroless')) await makeBase(root)
    image = await perform(stage, { root, roots, isSent })
    if (stage.name !== undefined) roots.set(stage.name, root)
  }
  if (image === undefined) throw new Error('the Dockerfile has no stage')
  return image
}

interface Ground {
  readonly root: string
  readonly roots: ReadonlyMap<string, string>
  readonly isSent: (path: string) => boolean
}

async function perform(stage: Stage, ground: Ground): Promise<Image> {
  const args = new Map<string, string>()
  const env: Record<string, string> = {}
  const labels: Record<string, string> = {}
  const found = { workdir: '/', user: 0, entrypoint: [''], cmd: [''], healthcheck: [''] }
  const inside = (path: string): string => join(ground.root, resolve(found.workdir, path))
  const add = (to: Record<string, string>, rest: string): void => {
    const [name, value] = pairOf(fillIn(rest, args))
    to[name] = value
  }
  const ways: Readonly<Record<string, (rest: string) => unknown>> = {
    ARG: (rest) => args.set(...pairOf(rest)),
    ENV: (rest) => add(env, rest),
    LABEL: (rest) => add(labels, rest),
    EXPOSE: () => undefined,
    USER: (rest) => (found.user = Number(rest.split(':')[0])),
    ENTRYPOINT: (rest) => (found.entrypoint = execForm(rest)),
    CMD: (rest) => (found.cmd = execForm(rest)),
    HEALTHCHECK: (rest) => (found.healthcheck = execForm(rest.slice(rest.indexOf('CMD ') + 4))),
    WORKDIR: (rest) => mkdir(inside((found.workdir = rest)), { recursive: true }),
    COPY: (rest) => copyIn(rest, { ...ground, inside }),
    RUN: (rest) => runIn(rest, { ...found, root: ground.root, env, isWritable: true }),
  }
  for (const { name, rest } of stage.instructions) {
    const way = ways[name]
    if (way === undefined) throw new Error(`${name} is not rehearsed: teach test/e2e/support/image-root.ts`)
    await way(rest)
  }
  return { root: ground.root, env, labels, ...found }
}

/** A command without a shell runs in the image that there is so far; one with, in the stage that builds. */
async function runIn(rest: string, own: Confinement): Promise<void> {
  const cwd = join(own.root, own.workdir)
  if (rest === 'npm ci') return symlink(join(CHECKOUT, 'node_modules'), join(cwd, 'node_modules'))
  const [program = '', ...flags] = rest.startsWith('[') ? confined(own, execForm(rest)) : ['sh', '-ec', rest]
  await run(program, flags, rest.startsWith('[') ? {} : { cwd, env: { ...process.env, ...own.env } })
}

async function copyIn(
  rest: string,
  { inside, roots, isSent }: Ground & { readonly inside: (path: string) => string },
): Promise<void> {
  const [, from, owner, paths = ''] = /^(?:--from=(\S+) )?(?:--chown=(\S+) )?(.*)$/.exec(rest) ?? []
  const named = paths.split(/\s+/)
  const target = named.at(-1) ?? '.'
  const source = from === undefined ? CHECKOUT : roots.get(from)
  if (source === undefined) throw new Error(`COPY --from=${from}: there is no such stage`)
  for (const path of named.slice(0, -1)) {
    const file = join(source, path)
    if (from === undefined && !isSent(path)) throw new Error(`COPY ${path}: .dockerignore keeps it out`)
    const isFolder = (await stat(file)).isDirectory()
    const to = target.endsWith('/') || (target === '.' && !isFolder)
    const place = to ? join(inside(target), path.split('/').at(-1) ?? '') : inside(target)
    await mkdir(dirname(place), { recursive: true })
    // what is copied is root's, as with the builders that keep no owners
    await cp(file, place, { recursive: true })
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', owner ?? '0:0', place])
  }
}

const PASSWD =
  'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n'

/** As distroless has it: Node in /nodejs, the C library, certificates of the public CAs, names of users. */
async function makeBase(root: string): Promise<void> {
  for (const folder of ['nodejs/bin', 'etc/ssl/certs', 'tmp', 'proc', 'dev', 'run', 'home/nonroot'])
    await mkdir(join(root, folder), { recursive: true })
  execFileSync('chmod', ['1777', join(root, 'tmp')])
  await copyFile(process.execPath, join(root, 'nodejs/bin/node'))
  const { stdout } = await run('ldd', [process.execPath])
  for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    await mkdir(dirname(join(root, library)), { recursive: true })
    await copyFile(library, join(root, library))
  }
  await writeFile(join(root, 'etc/passwd'), PASSWD)
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n')
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n')
  const authorities = '/etc/ssl/certs/ca-certificates.crt'
  if (existsSync(authorities)) await copyFile(authorities, join(root, authorities))
}
