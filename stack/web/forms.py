"""Forms: what a page asks for, filled with what was sent and with the faults that were found in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from django.http import QueryDict

from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, StackError
from stack.stix.markings import TlpLevel, parse_tlp

_DAY = 86_400 * 1_000_000
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    hint: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is asked for; `kind` is a type of `<input>`, `textarea`, `select` or `checks`."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    fault: str = ""
    choices: tuple[Choice, ...] = ()
    is_required: bool = False
    placeholder: str = ""

    def fill(self, sent: QueryDict) -> Self:
        """The same entry, holding what was sent."""
        values = sent.getlist(self.name)
        chosen = tuple(replace(each, is_chosen=each.value in values) for each in self.choices)
        return replace(self, value=sent.get(self.name, ""), choices=chosen)


@dataclass(frozen=True, slots=True)
class Form:
    """Entries in their order; `fault` is what is wrong with the whole, or with what is not asked for here."""

    key: str
    entries: tuple[Entry, ...]
    fault: StackError | None = None
    is_sent: bool = field(default=False)

    def refill(self, sent: QueryDict, error: StackError) -> Self:
        """The form again after `error`: nothing typed is lost, and each fault stands at its entry."""
        faults: dict[str, str] = {}
        for each in error.errors:
            faults.setdefault(each.field.split(".")[0].split("[")[0], each.message)
        entries = tuple(replace(entry.fill(sent), fault=faults.get(entry.name, "")) for entry in self.entries)
        is_placed = bool(faults) and faults.keys() <= {entry.name for entry in entries}
        return replace(self, entries=entries, fault=None if is_placed else error, is_sent=True)


def choose(values: Iterable[tuple[str, str]], chosen: str = "") -> tuple[Choice, ...]:
    """Choices of (value, label) pairs."""
    return tuple(Choice(value, label, is_chosen=value == chosen) for value, label in values)


def offer_levels(ceiling: int, chosen: str = "") -> tuple[Choice, ...]:
    """The TLP levels up to one's own ceiling, from the lowest."""
    return choose(
        ((level.label, f"TLP:{level.label.upper()}") for level in TlpLevel if level <= ceiling), chosen
    )


def read_role(sent: QueryDict, name: str = "role") -> Role:
    try:
        return Role(sent.get(name, ""))
    except ValueError:
        raise _expected(name, f"expected one of {', '.join(Role)}") from None


def read_level(sent: QueryDict, name: str = "tlp_ceiling") -> TlpLevel:
    try:
        return parse_tlp(sent.get(name, ""))
    except ValueError:
        raise _expected(name, f"expected one of {', '.join(level.label for level in TlpLevel)}") from None


def read_days(sent: QueryDict, name: str) -> int | None:
    """A number of days; None where nothing was sent."""
    text = sent.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= _MOST_DAYS):
        raise _expected(name, f"expected a number of days from 1 to {_MOST_DAYS:,}")
    return int(text)


def read_expiry(sent: QueryDict, name: str) -> int | None:
    """The moment that many days from now, in microseconds UTC; None for never."""
    days = read_days(sent, name)
    return None if days is None else now_us() + days * _DAY


def read_words(sent: QueryDict, name: str) -> Sequence[str]:
    """What was listed, one a line or parted by commas or spaces."""
    return sent.get(name, "").replace(",", " ").split()


def read_ids(sent: QueryDict, name: str) -> list[int]:
    """The row ids that were ticked."""
    texts = sent.getlist(name)
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts):
        raise _expected(name, "expected ids, which are numbers")
    return [int(text) for text in texts]


def _expected(name: str, message: str) -> BadInput:
    return BadInput(f"{name}: {message}", errors=(FieldError(name, message),))
