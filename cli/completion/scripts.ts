/** What each shell reads to complete `kgc`: it asks `kgc` itself, so that it knows every command there is. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# source <(kgc completion bash)
_kgc() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do COMPREPLY+=("$word"); done \\
    < <(kgc __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _kgc kgc
`;

const ZSH = `#compdef kgc
# source <(kgc completion zsh), or keep it as _kgc in a folder of $fpath
_kgc() {
  local word meaning
  local -a found
  while IFS=$'\\t' read -r word meaning; do found+=("\${word//:/\\\\:}:$meaning"); done \\
    < <(kgc __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe kgc found; else _files; fi
}
if [ "\${funcstack[1]}" = _kgc ]; then _kgc "$@"; else compdef _kgc kgc; fi
`;

const FISH = `# kgc completion fish > ~/.config/fish/completions/kgc.fish
complete -c kgc -a '(kgc __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
