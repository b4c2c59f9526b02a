import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Shell } from '../../src/cli/completion/scripts.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** A folder with files to complete, and a `dapr-shared` that completes as ours and otherwise prints its arguments. */
export function makePlace(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'dapr-shared-shell-'))
  mkdirSync(join(dir, 'bin'))
  mkdirSync(join(dir, 'manifests'))
  writeFileSync(join(dir, 'manifests', 'orders.yaml'), '')
  writeFileSync(join(dir, 'oddly named.yaml'), '')
  const program = join(dir, 'bin', 'dapr-shared')
  writeFileSync(
    program,
    `#!/bin/sh
case $1 in
  __complete | completion) exec '${process.execPath}' '${ROOT}/src/main.ts' "$@" ;;
esac
printf '<%s>' "$@"
`,
  )
  chmodSync(program, 0o755)
  return { dir, remove: () => rmSync(dir, { recursive: true }) }
}

export function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).status === 0
}

const PROMPT = '@prompt@'
const PATIENCE_MS = 100_000

/** How each shell is started without anybody's settings, and made ready. */
const START: Readonly<Record<'bash' | 'zsh', { readonly args: readonly string[]; readonly setup: string }>> =
  {
    bash: {
      args: ['--norc', '--noprofile', '-i'],
      setup: 'source <(dapr-shared completion bash)',
    },
    zsh: {
      args: ['-f', '-i'],
      setup:
        'autoload -Uz compinit; compinit -u -D; source <(dapr-shared completion zsh); unsetopt PROMPT_SP',
    },
  }

/**
 * What command lines have become after they were typed (with tabs) and sent, argument by argument.
 * fish is asked for its candidates instead, which needs no terminal.
 */
export function argumentsAfter(shell: 'bash' | 'zsh', typed: readonly string[], dir: string): string[][] {
  const { args, setup } = START[shell]
  const { stdout, stderr, status } = spawnSync(
    'python3',
    [join(import.meta.dirname, 'type_into_shell.py'), PROMPT, shell, ...args],
    {
      cwd: dir,
      encoding: 'utf8',
      env: environment(dir),
      timeout: PATIENCE_MS,
      input: `${[setup, ...typed, 'exit'].join('\n')}\n`,
    },
  )
  const printed = [...stdout.replaceAll('\r', '\n').matchAll(/^<(.*)>/gm)].map(([, words = '']) => words)
  if (status !== 0) throw new Error(`${shell} did not end: ${stdout}${stderr}`)
  return printed.map((words) => words.split('><'))
}

/** fish's own list of candidates for a command line, without descriptions. */
export function fishCandidates(line: string, dir: string): string[] {
  const { stdout, stderr, status } = spawnSync(
    'fish',
    ['--no-config', '-c', 'dapr-shared completion fish | source; complete -C $argv[1]', line],
    { cwd: dir, encoding: 'utf8', env: environment(dir) },
  )
  if (status !== 0) throw new Error(`fish: ${stderr}`)
  return stdout.split('\n').flatMap((one) => (one === '' ? [] : [one.split('\t')[0] ?? '']))
}

function environment(dir: string): NodeJS.ProcessEnv {
  return {
    PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: dir,
    TERM: 'dumb',
    LC_ALL: 'C.UTF-8',
  }
}
