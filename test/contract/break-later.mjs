// Preloaded into the program: breaks it, as a bug would, once the file BREAK_WHEN is there. BREAK_AS says how.
import { existsSync } from 'node:fs'

const { BREAK_WHEN = '', BREAK_AS } = process.env
const looking = setInterval(() => {
  if (!existsSync(BREAK_WHEN)) return
  clearInterval(looking)
  if (BREAK_AS === 'rejection') {
    for (const name of ['first', 'second']) void Promise.reject(new Error(`the ${name} bug`))
    return
  }
  throw new Error('the first bug')
}, 10)
