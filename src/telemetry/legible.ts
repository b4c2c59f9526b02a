/** A text of anybody for a log that terminals show: printable ASCII, at most so much of it. */
export function legible(text: string, longest: number): string {
  return text.slice(0, longest).replaceAll(/[^ -~]/g, '?')
}
