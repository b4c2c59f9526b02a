/** The shells that completion is for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/*
 * Each script only asks the program what may come next, by its hidden command `__complete`, and hands the answer to the
 * shell: so a script never grows old. The answer: a line `VALUE<tab>DESCRIPTION` for each, then `:` and a sum of
 * 2 (no space after it), 4 (no files) and 16 (folders only), as kubectl asks it of plugins.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of dapr-shared for bash. In ~/.bashrc: source <(dapr-shared completion bash)
_dapr_shared() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() n=-1 piece out cut value
  # readline takes = and : for ends of words: what stands together is put together again
  for piece in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if ((n < 0)) || [[ $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      n=$((n + 1))
      words[n]=
    fi
    piece=\${piece:0:\${#line}}
    words[n]+=$piece
    line=\${line:\${#piece}}
  done
  out=$("\${words[0]/#\\~/$HOME}" __complete -- "\${words[@]:1}" 2>/dev/null) || return
  cut=\${words[n]%"\${words[n]##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    [[ $value == :* ]] || COMPREPLY+=("\${value#"$cut"}")
  done <<<"$out"
  if type compopt >/dev/null 2>&1; then
    if ((\${out##*:} & 2)); then compopt -o nospace; fi
    if ((\${out##*:} & 4)); then compopt +o default; fi
    if ((\${out##*:} & 16)); then compopt +o default -o dirnames; fi
  fi
}
complete -o default -F _dapr_shared dapr-shared
`,

  zsh: `#compdef dapr-shared
# Completion of dapr-shared for zsh. In ~/.zshrc, after compinit: source <(dapr-shared completion zsh)
# or once, to a folder of $fpath: dapr-shared completion zsh > "\${fpath[1]}/_dapr-shared"
_dapr_shared() {
  local -a out described
  local line directive
  out=("\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  [[ \${out[-1]} == :* ]] || return 1
  directive=\${out[-1]#:}
  for line in "\${(@)out[1,-2]}"; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (($#described)); then
    if ((directive & 2)); then _describe -V dapr-shared described -S ''; else _describe -V dapr-shared described; fi
  elif ((directive & 16)); then
    compset -P '*='
    _files -/
  elif ! ((directive & 4)); then
    compset -P '*='
    _files
  else
    return 1
  fi
}
if [[ "\${funcstack[1]}" == _dapr-shared ]]; then _dapr_shared "$@"; else compdef _dapr_shared dapr-shared; fi
`,

  fish: `# Completion of dapr-shared for fish. Once: dapr-shared completion fish > ~/.config/fish/completions/dapr-shared.fish
function __dapr_shared_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l program $words[1]
  set -e words[1]
  set -l out ($program __complete -- $words "$current" 2>/dev/null)
  set -l directive (string replace ':' '' -- $out[-1])
  set -e out[-1]
  if test (count $out) -gt 0
    printf '%s\\n' $out
  else if test "$directive" != 4
    set -l prefix (string match -r -- '^.*=' $current)
    set -l rest (string replace -r -- '^.*=' '' $current)
    for path in (__fish_complete_path "$rest")
      if test "$directive" != 16; or string match -qr -- '/(\\t|$)' $path
        printf '%s\\n' "$prefix$path"
      end
    end
  end
end
complete -c dapr-shared -e
complete -c dapr-shared -f -a '(__dapr_shared_complete)'
`,
}

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}
