"""What a plug-in asks of those who set it up: credentials and options."""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a credential goes in a request."""

    HEADER = "header"
    PARAMETER = "parameter"
    PATH = "path"
    USER = "user"
    PASSWORD = "password"  # noqa: S105 - the name of a place
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that a vendor hands out. `field` is the header, the parameter, or the `{word}` of the URL.

    With the place `FIELD` it is a field of the body, of a request that has a JSON object or a form as one.
    """

    name: str
    title: str
    place: Place
    field: str = ""
    prefix: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. With `values` it is one of them; empty text stands for the default."""

    name: str
    title: str
    default: str = ""
    values: tuple[str, ...] = ()
    is_needed: bool = False
