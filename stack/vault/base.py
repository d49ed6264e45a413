"""What wraps data keys: a key in this process's memory, or a key-management service that never hands it out.

A service of another make comes as a package whose entry point in the group `stack.vault.kms` is a class: it
is called with the setting's address and token, and the result is a `KeyEncryption`.
"""

from typing import Protocol


class KeyEncryption(Protocol):
    """A key-encryption key. `key_id` tells it from others and reveals nothing of it; `setting` is where it
    comes from, for messages.

    `context` is bound to the wrapped key: unwrapping with another one raises `VaultError`. A key that cannot
    be reached raises `VaultLocked`.
    """

    @property
    def key_id(self) -> str: ...
    @property
    def setting(self) -> str: ...

    def wrap(self, key: bytes, *, context: bytes) -> str: ...
    def unwrap(self, wrapped: str, *, context: bytes) -> bytes: ...
