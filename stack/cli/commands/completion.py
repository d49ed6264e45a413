"""Print the shell's completion of this command: bash, zsh or fish.

bash:  source <(stack completion bash)
zsh:   source <(stack completion zsh)
fish:  stack completion fish | source
"""

import argparse

from stack.accounts.roles import Permission
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}

_BASH = """\
_stack() {{
  local words="" cur="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then words="{commands}"; else
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _stack stack"""
_ZSH_PREAMBLE = "autoload -U +X bashcompinit && bashcompinit\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.catalogue import build_command_parser, list_commands

    words = {name: _list_words(build_command_parser(name)) for name in list_commands()}
    if arguments.shell == "fish":
        output.write_line(_write_fish(words))
    else:
        cases = "\n".join(f'      {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
        script = _BASH.format(commands=" ".join(words), cases=cases)
        output.write_line((_ZSH_PREAMBLE if arguments.shell == "zsh" else "") + script)
    return ExitCode.OK


def _list_words(parser: argparse.ArgumentParser) -> list[str]:
    """Every option and every fixed word that a command takes, those of its actions included."""
    words: list[str] = []
    # argparse offers no public way to walk a parser; this attribute has been stable since Python 2.7.
    for action in parser._actions:
        words += action.option_strings
        if isinstance(action.choices, dict):
            for name, inner in action.choices.items():
                words += [name, *_list_words(inner)]
        elif action.choices is not None and not action.option_strings:
            words += [str(choice) for choice in action.choices]
    return list(dict.fromkeys(words))


def _write_fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c stack -n __fish_use_subcommand -a '{' '.join(words)}'"]
    for name, options in words.items():
        lines.append(f"complete -c stack -n '__fish_seen_subcommand_from {name}' -a '{' '.join(options)}'")
    return "\n".join(lines)
