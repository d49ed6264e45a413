"""Reads YARA rules in the sandbox: which compile, and under which names they may leave."""

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

import orjson

# In the order in which they are tried: what stands in comments, texts, regular expressions and byte patterns
# is no name (YARA documentation, “Writing YARA rules”).
_TOKEN: Final = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<text>"(?:\\.|[^"\\\n])*")'
    r"|(?P<regex>/(?:\\.|[^/\\\n])+/[is]*)"
    r"|(?P<bytes>=\s*\{[^}]*\})"
    r"|(?P<variable>[$#@!][A-Za-z0-9_]*)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)",
    re.DOTALL,
)
_LONGEST_FAULT: Final = 200


def read_rules(file: IO[bytes], arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """For each line `{"key": …, "text": …}` of the file `{"key", "text", "names", "fault"}`.

    Names that `arguments["taken"]`, or a text before, has are changed in the text, by a suffix from the key.
    """
    import yara_x

    taken = set(arguments["taken"])
    for line in file:
        asked = orjson.loads(line)
        text, fault = asked["text"], ""
        names = find_names(text)
        renamed = {name: f"{name}_{asked['key']}" for name in names if name in taken}
        if renamed:
            text = rename_rules(text, renamed)
            names = [renamed.get(name, name) for name in names]
        compiler = yara_x.Compiler()
        compiler.enable_includes(False)
        try:
            fault = _find_scope_fault(text, names, taken)
            if not fault:
                compiler.add_source(text)
                compiler.build()
        except (yara_x.CompileError, ValueError) as error:
            fault = str(error).partition("\n")[0][:_LONGEST_FAULT]
        if not fault:
            taken.update(names)
        yield {"key": asked["key"], "text": text, "names": names, "fault": fault}


def find_names(text: str) -> list[str]:
    """The names of the rules in the text."""
    names, is_next = [], False
    for match in _TOKEN.finditer(text):
        if match["word"] is None:
            continue
        if is_next:
            names.append(match["word"])
        is_next = match["word"] == "rule"
    return names


def rename_rules(text: str, renamed: Mapping[str, str]) -> str:
    """The text with other names of rules, where they are made and where a condition asks for them."""

    def replace(match: re.Match[str]) -> str:
        return renamed.get(match[0], match[0]) if match["word"] is not None else match[0]

    return _TOKEN.sub(replace, text)


def _find_scope_fault(text: str, names: list[str], taken: set[str]) -> str:
    words = {match["word"] for match in _TOKEN.finditer(text) if match["word"] is not None}
    if "global" in words:
        return "a global rule would hold for all other rules of the file"
    if not names:
        return "no rule is in it"
    return "a name that is taken" if taken & set(names) else ""
