"""Which organisation, member or group a word of the command line means: a name or a number."""

import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from stack.cli.backend.people import GroupView, MemberView, OrganisationView, People
from stack.core.errors import BadInput, NotFound


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_Row = TypeVar("_Row", bound=_Numbered)


def find_organisation(people: People, word: str) -> OrganisationView:
    return _find(people.list_organisations(), word, lambda row: row.name, "organisation", "stack org list")


def choose_organisation(people: People, word: str | None) -> int | None:
    """The number of an organisation; None where none is named, which stands for one's own."""
    return None if word is None else find_organisation(people, word).id


def find_member(people: People, word: str, organisation: str | None) -> MemberView:
    """A member of the named organisation, or of one's own."""
    members = people.list_members(choose_organisation(people, organisation))
    return _find(members, word, lambda row: row.username, "member", "stack user list")


def find_group(people: People, word: str) -> GroupView:
    return _find(people.list_groups(), word, lambda row: row.name, "sharing group", "stack group list")


def _find(rows: Sequence[_Row], word: str, name_of: Callable[[_Row], str], what: str, list_with: str) -> _Row:
    """By the name first, then by the number, so that a thing called "7" can be named."""
    wanted = _fold(word)
    for row in rows:
        if _fold(name_of(row)) == wanted:
            return row
    for row in rows:
        if str(row.id) == word:
            return row
    raise NotFound(f"There is no {what} “{word}”", remedy=f"“{list_with}” shows their numbers and names.")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def confirm(question: str, *, refused: str) -> None:
    """Asks a person; a script has to say --yes."""
    if not sys.stdin.isatty():
        raise BadInput(f"{refused} needs --yes where nobody can be asked")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise BadInput("nothing was changed")


def read_password() -> str:
    """Asked for twice without showing it, or the first line of a standard input that is no terminal.

    Never an argument: those are in the list of processes and in the shell's history.
    """
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise BadInput("--password: expected the password as the first line of standard input")
        return password
    from getpass import getpass

    password = getpass("Password: ", stream=sys.stderr)
    if getpass("The same again: ", stream=sys.stderr) != password:
        raise BadInput("--password: the two are not the same")
    return password
