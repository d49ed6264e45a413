"""Regular expressions of lists, run by RE2 where it is installed: they come from outside."""

import importlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Protocol

from stack.core.known_good.layout import ListHeader


class Expression(Protocol):
    def search(self, text: str) -> Any: ...


def compile_all(lists: Iterable[ListHeader]) -> tuple[list[tuple[ListHeader, Expression]], dict[str, str]]:
    """The expressions that can be run, and by the name of a list why some of it cannot."""
    chosen = [each for each in lists if each.expressions]
    compiled: list[tuple[ListHeader, Expression]] = []
    skipped: dict[str, str] = {}
    try:
        re2: Any = importlib.import_module("re2") if chosen else None
    except ImportError:
        return [], {each.name: "regular expressions need the package google-re2" for each in chosen}
    for each in chosen:
        for text in each.expressions:
            expression = None
            with suppress(re2.error):
                expression = re2.compile(_translate(text))
            if expression is None:
                skipped[each.name] = "some of its regular expressions cannot be read by RE2"
            else:
                compiled.append((each, expression))
    return compiled, skipped


def _translate(text: str) -> str:
    """`/…/i` as MISP writes it, as an expression with its flags inside."""
    if not text.startswith("/"):
        return text
    body, _, flags = text[1:].rpartition("/")
    known = "".join(flag for flag in flags if flag in "is")
    return f"(?{known}){body}" if known else body
