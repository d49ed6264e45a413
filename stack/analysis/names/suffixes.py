"""The public suffix list, with who runs each private suffix (publicsuffix.org, "Format")."""

from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_PRIVATE: Final = "===BEGIN PRIVATE DOMAINS==="


class Suffix(NamedTuple):
    """The longest rule that a name ends in. `operator` is empty where a registry runs it."""

    text: str
    is_known: bool = True
    is_private: bool = False
    operator: str = ""


class _Rule(NamedTuple):
    is_private: bool
    operator: str


@cache
def _load_rules() -> dict[str, _Rule]:
    # Read when the first name is asked about: it costs 20 ms and some megabytes.
    from publicsuffixlist import PSLFILE

    rules: dict[str, _Rule] = {}
    is_private, operator, is_heading = False, "", True
    for line in Path(PSLFILE).read_text(encoding="utf-8").splitlines():
        if line.startswith("//"):
            is_private = is_private or _PRIVATE in line
            if is_heading:
                operator, is_heading = line[2:].partition(" : ")[0].strip(), False
        elif line.strip():
            rules[_encode(line.split()[0])] = _Rule(is_private, operator if is_private else "")
        else:
            is_heading = True
    return rules


def _encode(rule: str) -> str:
    return rule if rule.isascii() else rule.encode("idna").decode("ascii")


def find_suffix(host: str, *, private: bool = True) -> Suffix:
    """The public suffix of a host name in A-labels; of a name below no rule it is the last label.

    Without `private`, only what registries run counts: `github.io` is then a name below `io`.
    """
    rules = _load_rules()
    labels = host.split(".")
    for start in range(len(labels)):
        text = ".".join(labels[start:])
        parent = ".".join(labels[start + 1 :])
        if (rule := rules.get(f"!{text}")) is not None and (private or not rule.is_private):
            return Suffix(parent, True, rule.is_private, rule.operator)
        for key in (text, f"*.{parent}"):
            if (rule := rules.get(key)) is not None and (private or not rule.is_private):
                return Suffix(text, True, rule.is_private, rule.operator)
    return Suffix(labels[-1], False)
