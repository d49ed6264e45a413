"""Names of users, organisations, groups and keys: what may stand in them, and when two are the same."""

import re
import unicodedata

from stack.core.errors import BadInput, FieldError

LONGEST_NAME = 200
LONGEST_USER_NAME = 150
# Control and format characters (among them zero-width and bidirectional ones), lone surrogates, line and
# paragraph separators: none is seen, and each makes two names look like one.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_USER_NAME = re.compile(r"[\w.@+-]+")


def fold_name(text: str) -> str:
    """The form in which names are compared: NFKC and case-folded, so that “Ｍara” and “mara” are one.

    Folding can bring up what another round folds further, so it is done until nothing changes.
    """
    folded = text
    while (
        again := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold())
    ) != folded:
        folded = again
    return folded


def read_name(text: str, *, field: str = "name") -> str:
    """The name without space around it. BadInput unless it has 1 to 200 characters, all of them visible."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise bad_field(field, f"expected 1 to {LONGEST_NAME} characters, got {len(name)}")
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise bad_field(field, "expected characters that can be seen: no control or zero-width ones")
    return name


def read_user_name(text: str, *, field: str = "username") -> str:
    """The user name, folded. BadInput unless it is 1 to 150 letters, digits and . @ + - _."""
    name = fold_name(text.strip())
    if not 0 < len(name) <= LONGEST_USER_NAME:
        raise bad_field(field, f"expected 1 to {LONGEST_USER_NAME} characters, got {len(name)}")
    if not _USER_NAME.fullmatch(name):
        raise bad_field(field, "expected letters, digits and . @ + - _ only")
    return name


def bad_field(field: str, message: str) -> BadInput:
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
