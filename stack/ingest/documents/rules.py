"""YARA and Sigma rules that stand as blocks in a text."""

import re
from collections.abc import Iterator
from itertools import zip_longest

_LONGEST_RULE = 20_000
_YARA = re.compile(
    r"^[ \t]*(?:(?:private|global)[ \t]+){0,2}rule[ \t]+\w{1,128}[ \t]*(?::[\w \t]{1,300})?\s{0,20}\{", re.M
)
_YARA_CONDITION = re.compile(r"^\s*condition\s*:", re.M)
_YARA_END = re.compile(r"\}[ \t]*$", re.M)
_SIGMA = re.compile(r"^title:[ \t]*\S.*$", re.M)
_SIGMA_LINE = re.compile(r"[ \t]|[a-z_]{2,30}:|-|#|$")


def find_rules(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and language (`yara`, `sigma`) of each rule, in order; none overlap."""
    found = sorted([*_find_yara(text), *_find_sigma(text)])
    covered = 0
    for start, end, language in found:
        if start >= covered:
            covered = end
            yield start, end, language


def _find_yara(text: str) -> Iterator[tuple[int, int, str]]:
    """From `rule name {` to the first brace at the end of a line behind the condition."""
    begun = list(_YARA.finditer(text))
    for match, following in zip_longest(begun, begun[1:]):
        limit = min(match.start() + _LONGEST_RULE, following.start() if following else len(text))
        condition = _YARA_CONDITION.search(text, match.end(), limit)
        end = _YARA_END.search(text, condition.end(), limit) if condition is not None else None
        if end is not None:
            yield match.start(), end.end(), "yara"


def _find_sigma(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SIGMA.finditer(text):
        end = _end_of_yaml(text, match.end())
        if _is_sigma(text[match.start() : end]):
            yield match.start(), end, "sigma"


def _end_of_yaml(text: str, at: int) -> int:
    """Behind the last line that goes on with the block: indented, a key, an item; not a second title."""
    end = at
    while at < len(text) and at - end < _LONGEST_RULE:
        line_end = text.find("\n", at + 1)
        line_end = len(text) if line_end < 0 else line_end
        line = text[at + 1 : line_end]
        if line.startswith(("title:", "---")) or not _SIGMA_LINE.match(line):
            break
        if line.strip():
            end = line_end
        at = line_end
    return min(end, at + _LONGEST_RULE)


def _is_sigma(block: str) -> bool:
    if len(block) > _LONGEST_RULE or "detection:" not in block or "logsource:" not in block:
        return False
    import yaml

    try:
        rule = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    detection = rule.get("detection") if isinstance(rule, dict) else None
    return isinstance(detection, dict) and "condition" in detection and "logsource" in rule
