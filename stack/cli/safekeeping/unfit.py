"""What SQLite keeps and PostgreSQL does not: the character NUL in a text, and in JSON also its escape and
halves of surrogate pairs. Nothing that Stack writes holds them; a database that others wrote to may.
"""

import json
import re
from typing import Any, Final

from stack.cli.safekeeping.lines import NULL, escape, unescape
from stack.cli.safekeeping.tables import Kind, Table
from stack.core.errors import BadInput

_SUSPECT: Final = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
_REPLACEMENT: Final = "\ufffd"
# What is worked out from the text of an object, in which the character stays as its escape. A Stack before
# the one that replaces it there kept it.
_DERIVED: Final = {"store_object.name", "store_key.value", "store_edgekind.name"}
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


class Fitting:
    """Makes lines fit for PostgreSQL. Unless they may be replaced, the first unfit value is refused by name.

    `replaced` counts values by table and column.
    """

    def __init__(self, *, may_replace: bool) -> None:
        self._may_replace = may_replace
        self.replaced: dict[str, int] = {}

    def fit(self, table: Table, lines: bytes) -> bytes:
        if b"\0" not in lines and not (Kind.JSON in table.kinds and _SUSPECT.search(lines)):
            return lines
        return b"".join(self._fit_line(table, line) + b"\n" for line in lines.split(b"\n")[:-1])

    def _fit_line(self, table: Table, line: bytes) -> bytes:
        fields = line.split(b"\t")
        for number, column in enumerate(table.columns):
            fitted = _fit_field(fields[number], column.kind)
            if fitted != fields[number]:
                place = f"{table.name}.{column.name}"
                if place in _DERIVED:
                    fields[number] = fitted
                    continue
                if not self._may_replace:
                    raise _refuse(table, place, fields)
                self.replaced[place] = self.replaced.get(place, 0) + 1
                fields[number] = fitted
        return b"\t".join(fields)


def _fit_field(field: bytes, kind: Kind) -> bytes:
    if kind is Kind.TEXT:
        return field.replace(b"\0", _REPLACEMENT.encode())
    if kind is Kind.JSON and field != NULL and _SUSPECT.search(field):
        value = json.loads(unescape(field))
        fitted = _fit_value(value)
        return field if fitted == value else escape(json.dumps(fitted).encode())
    return field


def _fit_value(value: Any) -> Any:
    """Halves that stand together are one character to the reader of JSON: only lone ones are left here."""
    if isinstance(value, str):
        return _UNFIT.sub(_REPLACEMENT, value)
    if isinstance(value, dict):
        return {_UNFIT.sub(_REPLACEMENT, name): _fit_value(inner) for name, inner in value.items()}
    return [_fit_value(inner) for inner in value] if isinstance(value, list) else value


def _refuse(table: Table, place: str, fields: list[bytes]) -> BadInput:
    names = [column.name for column in table.columns]
    key = ", ".join(f"{name} {fields[names.index(name)].decode('utf-8', 'replace')}" for name in table.key)
    return BadInput(
        f"{place} holds a character that PostgreSQL does not keep (row {key})",
        remedy="--replace-nul puts U+FFFD in the place of each, and says where.",
    )
