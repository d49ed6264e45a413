"""What can go wrong with secrets: never with a fallback, and never with the secret in the message."""

from typing import ClassVar

from stack.core.errors import StackError, Unavailable


class VaultError(StackError):
    """A sealed value that does not open where it stands: altered, cut, moved, or under a key that is gone."""

    title: ClassVar[str] = "A secret cannot be opened"


class VaultLocked(Unavailable):
    """The key-encryption key is missing, unreadable or another one: nothing that needs it may start."""

    title: ClassVar[str] = "The vault is locked"
