import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** In what a process of the image is shut in. */
export interface Confinement {
  readonly root: string
  readonly user: number
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  /** only while the image is built */
  readonly isWritable?: boolean
  /** folders of this machine, by where they are seen, as a pod's volumes: to be read only */
  readonly volumes?: Readonly<Record<string, string>>
  /** bytes of private memory that it may write to */
  readonly mostData?: number
}

/** Whether processes can be shut in here: a namespace of their own takes bubblewrap, and either root or user namespaces. */
export function canConfine(): boolean {
  return spawnSync('bwrap', [...NAMESPACES, '--ro-bind', '/', '/', 'true']).status === 0
}

const NAMESPACES = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--unshare-cgroup-try',
]

/**
 * The command that runs `command` as the image's user in its own root, read-only, without capabilities, with no variable but
 * the given and, of the machine, only the network. Root drops to the user before anything else happens; anybody else is
 * shown as that user, and has no more rights than before.
 */
export function confined(own: Confinement, command: readonly string[]): string[] {
  const { root, user, workdir, env, isWritable = false, volumes = {}, mostData } = own
  const id = String(user)
  const drop =
    process.getuid?.() === 0 && user !== 0
      ? ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--no-new-privs', '--']
      : []
  const limit = mostData === undefined ? [] : ['prlimit', `--data=${mostData}`, '--']
  const shutIn = [
    'bwrap',
    '--die-with-parent',
    '--as-pid-1',
    ...NAMESPACES,
    '--uid',
    id,
    '--gid',
    id,
    '--cap-drop',
    'ALL',
  ]
  const place = ['--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev', '--chdir', workdir, '--clearenv']
  const see = [
    ...(isWritable ? ['--bind', `${root}/tmp`, '/tmp'] : []),
    ...Object.entries(volumes).flatMap(([where, folder]) => ['--ro-bind', folder, where]),
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
  ]
  return [...drop, ...limit, ...shutIn, ...place, ...see, '--', ...command]
}

/** Starts it. An engine makes the folders that volumes are seen in; so does this. */
export function startConfined(own: Confinement, command: readonly string[]): ChildProcess {
  for (const place of Object.keys(own.volumes ?? {})) mkdirSync(join(own.root, place), { recursive: true })
  const [program = '', ...flags] = confined(own, command)
  return spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The process of the image itself, below those that shut it in. */
export function innermost(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const [child = ''] = children
  return child === '' ? pid : innermost(Number(child))
}

/** What of a process is counted against `mostData`, in bytes (`VmData`). */
export function dataOf(pid: number): number {
  return Number(/VmData:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
