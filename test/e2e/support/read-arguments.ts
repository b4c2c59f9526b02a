import { parseArgs, type ParseArgsConfig } from 'node:util'

type Values<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>['values']

/** The options of a script, or one sentence about the first of them that it does not take. */
export function readArguments<T extends ParseArgsConfig>(
  config: T,
): { readonly values: Values<T> } | { readonly problem: string } {
  try {
    return { values: parseArgs(config).values }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const [sentence = error.message] = error.message.split('. ')
    return { problem: `${sentence}; --help tells more` }
  }
}
