"""What the shells run: each asks the program, and falls back to its own completion of files."""

from __future__ import annotations

from enum import StrEnum


class Shell(StrEnum):
    """Shells that completion is written for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


_BASH = r"""_snapinspect() {
    local line rest word current before out
    local -a typed=()
    # Bash breaks words at = and :, too; what stands without a blank between is one word to the program.
    rest="${COMP_LINE:0:COMP_POINT}"
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#typed[@]} -gt 0 && -n $word && $rest == "$word"* ]]; then
            typed[${#typed[@]}-1]+="$word"
        else
            typed+=("$word")
        fi
        rest="${rest#*"$word"}"
    done
    current="${typed[${#typed[@]}-1]}"
    before="${current%"${COMP_WORDS[COMP_CWORD]}"}"
    [[ ${COMP_WORDS[COMP_CWORD]} == [=:] ]] && before="$current"
    COMPREPLY=()
    out=$("${typed[0]}" __complete "${typed[@]:1}" 2>/dev/null)
    while IFS= read -r line; do
        [[ -n $line && $line != :[04] ]] && COMPREPLY+=("${line#"$before"}")
    done <<< "$out"
    if [[ ${out##*$'\n'} == ":0" ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${current#"$before"}")
    elif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}
complete -F _snapinspect snapinspect
"""

_ZSH = r"""#compdef snapinspect
_snapinspect() {
    local out directive line
    local -a candidates
    out=$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    directive="${out##*:}"
    out="${out%:*}"
    for line in "${(@f)out}"; do
        [[ -n $line ]] && candidates+=("${line%%$'\t'*}")
    done
    (( ${#candidates} )) && compadd -S ' ' -r '/' -a candidates
    [[ $directive == 0 ]] && _files
    return 0
}
if [[ $funcstack[1] == _snapinspect ]]; then _snapinspect "$@"; else compdef _snapinspect snapinspect; fi
"""

_FISH = r"""function __snapinspect_complete
    set -l typed (commandline -opc)
    set -l out ($typed[1] __complete $typed[2..-1] (commandline -ct) 2>/dev/null)
    test (count $out) -gt 0; or return
    test (count $out) -gt 1; and printf '%s\n' $out[1..-2]
    test "$out[-1]" = ":0"; and __fish_complete_path (commandline -ct)
end
complete -c snapinspect -f -a '(__snapinspect_complete)'
"""

_SCRIPTS = {Shell.bash: _BASH, Shell.zsh: _ZSH, Shell.fish: _FISH}


def script(shell: Shell) -> str:
    """What the shell is to read at its start."""
    return _SCRIPTS[shell]
