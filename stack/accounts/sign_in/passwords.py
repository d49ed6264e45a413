"""What makes a password good: length, and not being one that others guess first (NIST SP 800-63B-4, 3.1.1).

15 characters, or 8 where a second factor stands behind them; up to 128 of any kind. No rule of composition
and no expiry. Refused are the common passwords of Django's list of 20,000, two of them in a row, what only
decorates them, what consists of the words of its context (user, organisation, product), and what repeats
itself.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from stack.accounts.models import User

SHORTEST_PASSWORD = 15
SHORTEST_WITH_SECOND_FACTOR = 8
LONGEST_PASSWORD = 128

_PRODUCT_WORDS = ("stack", "threat", "intelligence", "password", "passwort", "welcome", "admin")
_SHORTEST_WORD = 4
_ROWS = tuple(
    turned * 13
    for row in (
        "1234567890",
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "qwertzuiop",
        "asdfghjkl",
    )
    for turned in (row, row[::-1])
)
_FEWEST_CHARACTERS = 5
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class PasswordRules:
    """The rules as Django's validator: whoever calls `validate_password(password, user)` keeps them."""

    def validate(self, password: str, user: User | None = None) -> None:
        """ValidationError with every rule that the password breaks, in words."""
        faults = find_password_faults(
            password, words=_list_context(user), has_second_factor=user is not None and _has_factor(user)
        )
        if faults:
            raise ValidationError([ValidationError(fault) for fault in faults])

    def get_help_text(self) -> str:
        return (
            f"At least {SHORTEST_PASSWORD} characters ({SHORTEST_WITH_SECOND_FACTOR} with a second factor). "
            "A sentence that only you would write is easier to remember than signs."
        )


def find_password_faults(password: str, *, words: Iterable[str] = (), has_second_factor: bool) -> list[str]:
    """What is wrong with the password, each as a sentence that says what was expected; empty when it is good.

    `words` are those of its context, such as the user's name: only what is left without them counts.
    """
    shortest = SHORTEST_WITH_SECOND_FACTOR if has_second_factor else SHORTEST_PASSWORD
    if len(password) < shortest:
        return [f"Expected at least {shortest} characters, got {len(password)}."]
    if len(password) > LONGEST_PASSWORD:
        return [f"Expected at most {LONGEST_PASSWORD} characters, got {len(password)}."]
    folded = _fold(password)
    if len(set(folded)) < _FEWEST_CHARACTERS or any(folded in row for row in _ROWS):
        return [
            "This repeats a few characters or runs along a row. Choose one that is not so easily guessed."
        ]
    if _is_common(folded) or _is_common(_DECORATION.sub("", folded)):
        return ["This is one of the passwords that are guessed first. Choose one that is yours alone."]
    left = _without(folded, words)
    if left != folded and len(re.sub(r"[\W_]", "", left)) < SHORTEST_WITH_SECOND_FACTOR:
        return [
            "Without the words that anybody would try (your name, your organisation, “stack”) too little is "
            f"left: expected {SHORTEST_WITH_SECOND_FACTOR} characters of your own."
        ]
    return []


def _is_common(folded: str) -> bool:
    """Whether it is a common password, or two in a row: few of the list are long enough by themselves."""
    known = _common_passwords()
    ends = range(_SHORTEST_WORD, len(folded) - _SHORTEST_WORD + 1)
    return folded in known or any(folded[:end] in known and folded[end:] in known for end in ends)


def _without(folded: str, words: Iterable[str]) -> str:
    known = {_fold(word) for word in (*words, *_PRODUCT_WORDS)}
    for word in sorted(known, key=len, reverse=True):
        if len(word) >= _SHORTEST_WORD:
            folded = folded.replace(word, "")
    return folded


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(password_validation.__file__).parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)


def _list_context(user: User | None) -> list[str]:
    if user is None:
        return []
    names = [user.username, user.first_name, user.last_name, user.email.partition("@")[0]]
    if user.organisation_id is not None:
        names.append(user.organisation.name)
    return [*names, *(part for name in names for part in re.split(r"[\W_]+", name))]


def _has_factor(user: User) -> bool:
    from stack.accounts.sign_in.mfa import has_second_factor

    return user.pk is not None and has_second_factor(user)
