"""The keys that sign access tokens: Ed25519, sealed in the vault, a new one every thirty days.

The newest signs. A key verifies for as long as a token that it signed may live, and is then deleted.
"""

import secrets
from typing import TYPE_CHECKING

from django.db import router, transaction

from stack.accounts.sign_in.models import TokenKey
from stack.core.clock import now_us
from stack.vault.operations import open_sealed, seal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DAY = 24 * 3600 * 1_000_000
_SIGNS_FOR = 30 * _DAY
_VERIFIES_FOR = 31 * _DAY
_TABLE = TokenKey._meta.db_table
_FIELD = "sealed_private"


def find_signer() -> "tuple[str, Ed25519PrivateKey]":
    """The id of the key that signs now, and the key; makes one where there is none or the last is old."""
    newest = TokenKey.objects.order_by("-created_at", "-id").first()
    if newest is None or newest.created_at < now_us() - _SIGNS_FOR:
        newest = rotate_token_keys()
    return newest.key_id, _open(newest)


def find_verifier(key_id: str) -> "Ed25519PublicKey | None":
    """The public key of that id, as long as it may have signed a token that is in force."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    known = TokenKey.objects.filter(key_id=key_id, created_at__gte=now_us() - _VERIFIES_FOR).first()
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(known.public)) if known is not None else None


def rotate_token_keys() -> TokenKey:
    """A new key, which signs from now on; those whose last token has expired are deleted."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    with transaction.atomic(using=router.db_for_write(TokenKey)):
        TokenKey.objects.filter(created_at__lt=now_us() - _VERIFIES_FOR).delete()
        key = TokenKey.objects.create(
            key_id=secrets.token_hex(8),
            sealed_private="",
            public=private.public_key().public_bytes_raw().hex(),
            created_at=now_us(),
        )
        key.sealed_private = seal(private.private_bytes_raw(), table=_TABLE, row=str(key.pk), field=_FIELD)
        key.save(update_fields=["sealed_private"])
    return key


def _open(key: TokenKey) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = open_sealed(key.sealed_private, table=_TABLE, row=str(key.pk), field=_FIELD)
    return Ed25519PrivateKey.from_private_bytes(raw)
