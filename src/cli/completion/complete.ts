import type { Argument, Command, Option } from 'commander'
import { RULE_IDS } from '../../core/rules.ts'
import { CHECKS } from '../../lint/checks.ts'

/** What may stand where the cursor is. */
export interface Completion {
  readonly candidates: readonly Candidate[]
  /** what the shell adds by itself where there is no candidate */
  readonly files: 'none' | 'files' | 'folders'
  /** a candidate is only the beginning of the word */
  readonly open: boolean
}

interface Candidate {
  readonly value: string
  readonly description: string
}

/** What `explain` has pages of: some rules are checks, too. */
const PAGES = ['rules', ...new Set([...RULE_IDS, ...Object.keys(CHECKS)])]
const NOTHING: Completion = { candidates: [], files: 'none', open: false }

/**
 * Completes a command line from the commands and options that the program itself is made of.
 *
 * @param words those after the program's name; the last is the one under the cursor, and may be empty
 */
export function complete(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? ''
  const { command, operands, waiting, isPlain, given } = walk(program, words.slice(0, -1))
  if (waiting !== undefined) return valuesOf(waiting, command, current)
  if (isPlain || !current.startsWith('-')) {
    return operandOf(command.name() === 'help' ? program : command, operands, current)
  }

  const [flag = '', ...value] = current.split('=')
  const option = value.length > 0 ? optionsOf(command).find(({ long }) => long === flag) : undefined
  return option === undefined
    ? { ...NOTHING, candidates: fitting(flagsOf(command, given), current) }
    : underPrefix(`${flag}=`, valuesOf(option, command, value.join('=')))
}

interface Walked {
  readonly command: Command
  /** how many words without a dash the command has so far */
  readonly operands: number
  /** an option whose value comes next */
  readonly waiting: Option | undefined
  /** after `--` nothing is an option */
  readonly isPlain: boolean
  readonly given: ReadonlySet<Option>
}

function walk(program: Command, words: readonly string[]): Walked {
  let command = program
  let operands = 0
  let waiting: Option | undefined
  let isPlain = false
  let given = new Set<Option>()
  for (const word of words) {
    const sub = subcommands(command).find((one) => one.name() === word)
    if (waiting !== undefined) waiting = undefined
    else if (word === '--') isPlain = true
    else if (!isPlain && word.startsWith('-')) {
      const { option, takesNext } = readFlag(command, word)
      if (option !== undefined) given.add(option)
      waiting = takesNext ? option : undefined
    } else if (sub !== undefined && operands === 0) {
      command = sub
      given = new Set()
    } else operands += 1
  }
  return { command, operands, waiting, isPlain, given }
}

/** `--state`, `--state=x`, `-f`, `-fx`. */
function readFlag(command: Command, word: string): { option: Option | undefined; takesNext: boolean } {
  const isLong = word.startsWith('--')
  const name = isLong ? (word.split('=')[0] ?? '') : word.slice(0, 2)
  const option = optionsOf(command).find(({ long, short }) => (isLong ? long : short) === name)
  return { option, takesNext: option?.required === true && word === name }
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

function flagsOf(command: Command, given: ReadonlySet<Option>): Candidate[] {
  return optionsOf(command)
    .filter((option) => !given.has(option) || mayRepeat(option))
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', description }))
}

/** An option that collects its values may be given again. */
function mayRepeat({ variadic, parseArg }: Option): boolean {
  return variadic || parseArg !== undefined
}

function operandOf(command: Command, operands: number, current: string): Completion {
  const commands = commandsOf(command)
  if (commands.length > 0 && operands === 0) return { ...NOTHING, candidates: fitting(commands, current) }
  const last = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[operands] ?? (last?.variadic ? last : undefined)
  return argument === undefined ? NOTHING : valuesNamed(argument.name(), argument, command, current)
}

function valuesOf(option: Option, command: Command, current: string): Completion {
  const [, name = ''] = /[<[]([^>\]]+?)(\.\.\.)?[>\]]/.exec(option.flags) ?? []
  return valuesNamed(name, option, command, current)
}

/** Choices where there are some; else the name of the value tells what it is: `<FILE>`, `<PATH>`, `<FORMAT=PATH>`. */
function valuesNamed(
  name: string,
  { argChoices }: Pick<Option | Argument, 'argChoices'>,
  command: Command,
  current: string,
): Completion {
  if (argChoices !== undefined) return { ...NOTHING, candidates: fitting(argChoices.map(bare), current) }
  const [key = '', value] = name.split('=')
  if (value !== undefined) return pairOf(key, value, command, current)
  if (/DIR|FOLDER/i.test(name)) return { ...NOTHING, files: 'folders' }
  const candidates = fitting(namesOf(name), current)
  const mayBeFile = candidates.length === 0 && /FILE|PATH/i.test(name)
  return { ...NOTHING, candidates, files: mayBeFile ? 'files' : 'none' }
}

/** Where the name of a value tells what there is. */
function namesOf(name: string): Candidate[] {
  return name.split('|').includes('RULE') ? PAGES.map(bare) : []
}

function commandsOf(command: Command): Candidate[] {
  return subcommands(command).map((one) => ({
    value: one.name(),
    description: one.summary() || one.description(),
  }))
}

/** `help` too, which commander makes by itself. */
function subcommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command)
}

/** `FORMAT=PATH`: what FORMAT may be, the command's option `<FORMAT>` tells. */
function pairOf(key: string, value: string, command: Command, current: string): Completion {
  const [left = '', ...right] = current.split('=')
  if (right.length > 0) {
    return underPrefix(`${left}=`, valuesNamed(value, {}, command, right.join('=')))
  }
  const choices = optionsOf(command).find(({ flags }) => flags.includes(`<${key}>`))?.argChoices ?? []
  const pairs = choices.map((choice) => bare(`${choice}=`))
  return { ...NOTHING, candidates: fitting(pairs, current), open: true }
}

function bare(value: string): Candidate {
  return { value, description: '' }
}

function fitting(candidates: readonly Candidate[], current: string): Candidate[] {
  return candidates.filter(({ value }) => value !== '' && value.startsWith(current))
}

function underPrefix(prefix: string, { candidates, ...rest }: Completion): Completion {
  return { ...rest, candidates: candidates.map((one) => ({ ...one, value: `${prefix}${one.value}` })) }
}
