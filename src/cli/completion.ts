import { Argument } from 'commander'
import type { AddCommand } from './add-command.ts'
import { complete, type Completion } from './completion/complete.ts'
import { completionScript, SHELLS, type Shell } from './completion/scripts.ts'

const EXAMPLES = `
To install it:
  bash   echo 'source <(dapr-shared completion bash)' >> ~/.bashrc
  zsh    echo 'source <(dapr-shared completion zsh)' >> ~/.zshrc     after compinit
  fish   dapr-shared completion fish > ~/.config/fish/completions/dapr-shared.fish

As kubectl's plugin it needs nothing but kubectl's own completion: kubectl asks kubectl_complete-dapr_shared,
which is installed beside kubectl-dapr_shared.`

export const addCompletion: AddCommand = (program, io, finish) => {
  program
    .command('completion')
    .summary('completion for a shell')
    .description('Prints a script for a shell that completes commands, options, their values and files.')
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => {
      io.out(completionScript(shell))
      finish(0)
    })

  // what the scripts ask; its words come after `--`, so that none of them is an option of ours
  program
    .command('__complete', { hidden: true })
    .argument('[WORDS...]')
    .action((words: string[]) => {
      io.out(answerOf(complete(program, words)))
      finish(0)
    })
}

function answerOf({ candidates, files, open }: Completion): string {
  const lines = candidates.map(({ value, description }) => `${value}\t${firstLine(description)}`)
  return [...lines, `:${directiveOf(files) + (open ? 2 : 0)}`, ''].join('\n')
}

function directiveOf(files: Completion['files']): number {
  return { files: 0, none: 4, folders: 16 }[files]
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
