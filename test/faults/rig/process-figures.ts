import { readdirSync, readFileSync } from 'node:fs'

const MIB = 1024

/** MiB of memory that a process has now, and the most it ever had. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / MIB
  return { now: read('VmRSS'), peak: read('VmHWM') }
}

/** Open files of a process, and how many it may have. */
export function filesOf(pid: number): { open: number; limit: number } {
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
  return {
    open: readdirSync(`/proc/${pid}/fd`).length,
    limit: Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? 0),
  }
}
