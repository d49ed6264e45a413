"""What a plug-in asks of those who set it up: credentials and options."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stack.core.errors import FieldError


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


def fill_options(options: Sequence[Option], choices: Mapping[str, str]) -> dict[str, str]:
    """Every option with what was chosen, without space around it, or its default."""
    return {option.name: choices.get(option.name, "").strip() or option.default for option in options}


def find_option_faults(
    title: str, options: Sequence[Option], choices: Mapping[str, str], *, longest: int = 8192
) -> Iterator[FieldError]:
    """What is wrong with what was chosen for the plug-in of this title."""
    listed = ", ".join(option.name for option in options) or "none"
    for name in choices.keys() - {option.name for option in options}:
        yield FieldError(f"options.{name}", f"{title} has no such option (it has: {listed})")
    filled = fill_options(options, choices)
    for option in options:
        place, text = f"options.{option.name}", filled[option.name]
        if option.is_needed and not text:
            yield FieldError(place, f"is needed: {option.title}")
        elif option.values and text not in option.values:
            yield FieldError(place, f"expected one of {', '.join(option.values)}")
        elif len(text) > longest:
            yield FieldError(place, f"expected at most {longest:,} characters")


def find_credential_faults(
    title: str, credentials: Sequence[Credential], given: Mapping[str, str], *, is_whole: bool
) -> Iterator[FieldError]:
    """A credential that the plug-in does not know, or (`is_whole`) one that is missing."""
    known = {credential.name for credential in credentials}
    for name in given.keys() - known:
        yield FieldError(f"credentials.{name}", f"{title} takes no such credential")
    for credential in credentials if is_whole else ():
        if credential.is_needed and not given.get(credential.name):
            yield FieldError(f"credentials.{credential.name}", f"is needed: {credential.title}")
