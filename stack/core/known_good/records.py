"""What a list says about a value."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    FALSE_POSITIVE = "false_positive"
    """Nobody should block it or alert on it."""
    KNOWN = "known"
    """What it is, such as an address of a cloud or a dynamic name; it may be bad all the same."""


@dataclass(frozen=True, slots=True)
class KnownGood:
    """A list that holds a value.

    `list_name` is short ("tranco") and what switches the list off; `title` is for people; `matched` is the
    host name that the list has, where that is not the value itself, else empty.
    """

    list_name: str
    category: str
    title: str = ""
    version: int = 0
    matched: str = ""

    @property
    def is_false_positive(self) -> bool:
        return self.category == Category.FALSE_POSITIVE


@dataclass(frozen=True, slots=True)
class ListInUse:
    """A list as people see it; `skipped` says why it is not asked, and is empty where it is."""

    name: str
    title: str
    version: int
    category: str
    entries: int
    is_own: bool
    skipped: str = ""
