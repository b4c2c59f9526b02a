import type * as z from 'zod'
import { withRules } from './cross-field.ts'
import { text } from './text.ts'

const DATE = '[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?'
const OFFSET = '(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])'
const PATTERN = new RegExp(`^${DATE}T${TIME}${OFFSET}$`)

const DAY = 'int(self.substring(8, 10))'
const MONTH = 'self.substring(5, 7)'
const YEAR = 'int(self.substring(0, 4))'
const LEAP = `${YEAR} % 4 == 0 && (${YEAR} % 100 != 0 || ${YEAR} % 400 == 0)`

/**
 * A moment with its offset (RFC 3339). Not by the format `date-time`: where that stands, the API server (1.36) takes a
 * list for a text.
 */
export function instant(sentence: string): z.ZodString {
  return withRules(
    text(sentence, { max: 35, pattern: PATTERN, wanted: 'a date and time, such as 2027-01-31T00:00:00Z' }),
    {
      cel: `${DAY} <= (${MONTH} in ['04', '06', '09', '11'] ? 30 : ${MONTH} != '02' ? 31 : ${LEAP} ? 29 : 28)`,
      message: 'wanted a day that the calendar has',
      holds: (value) => !PATTERN.test(value) || hasThatDay(value),
    },
  )
}

function hasThatDay(value: string): boolean {
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split('-').map(Number)
  const last = new Date(0)
  // day 0 of the next month: months count from 0 here
  last.setUTCFullYear(year, month, 0)
  return day <= last.getUTCDate()
}
