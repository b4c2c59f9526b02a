import { writeSync } from 'node:fs'

/** Loaded before a measured program: at its end, it writes the most memory that it had, in kilobytes, to descriptor 3. */
process.on('exit', () => void writeSync(3, String(process.resourceUsage().maxRSS)))
