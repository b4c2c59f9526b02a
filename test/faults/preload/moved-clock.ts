import { readFileSync } from 'node:fs'

// Loaded before a server: its wall clock is off by as many milliseconds as a file says, which may change at any time.
// Monotonic time (performance.now, timers) stays as it is, as it does when somebody sets the clock of a machine.

const file = process.env['MOVED_CLOCK_FILE'] ?? ''
const TrueDate = Date
const trueNow = Date.now.bind(Date)

function offset(): number {
  try {
    return Number(readFileSync(file, 'utf8')) || 0
  } catch {
    return 0
  }
}

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [trueNow() + offset()] : args, newTarget) as Date,
  get: (target, name, receiver) =>
    name === 'now' ? () => trueNow() + offset() : (Reflect.get(target, name, receiver) as unknown),
})
