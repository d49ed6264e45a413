"""Sealed values open in their own place only, and the vault opens with its own key only."""

import pytest
from django.db import transaction
from pytest_django import Settings

from stack.jobs.models import Job
from stack.vault.errors import VaultError, VaultLocked
from stack.vault.key_sources import VaultSettings
from stack.vault.models import DataKey, VaultMark
from stack.vault.operations import (
    keyed_hash,
    open_sealed,
    prepare_vault,
    seal,
    sign,
    unlock_vault,
    verify,
)
from stack.vault.queries import list_public_keys, read_lock
from stack.vault.registry import register_sealed, seal_column
from stack.vault.ring import forget_keys
from stack.vault.signatures import Signature, parse_signature
from tests.integration.vault.conftest import Secrets, key_text, use_key

pytestmark = pytest.mark.django_db(databases="__all__")
PLACE = {"table": "webhooks", "row": "7", "field": "secret"}


def test_a_value_opens_where_it_was_sealed_and_its_plaintext_stands_nowhere(database: str) -> None:
    sealed = seal(b"plain-secret", **PLACE)
    assert sealed.startswith("v1.")
    assert "plain-secret" not in sealed
    assert open_sealed(sealed, **PLACE) == b"plain-secret"
    assert open_sealed(seal(b"", **PLACE), **PLACE) == b""


@pytest.mark.parametrize(
    "other", [{"table": "webhook"}, {"row": "8"}, {"field": "secrets"}, {"row": "7secret", "field": ""}]
)
def test_a_value_opens_nowhere_else(database: str, other: dict[str, str]) -> None:
    sealed = seal(b"secret", **PLACE)
    with pytest.raises(VaultError):
        open_sealed(sealed, **PLACE | other)


def test_swapped_rows_do_not_open(database: str, kept: Secrets) -> None:
    first, second = kept.put(b"first"), kept.put(b"second")
    texts = kept.read(first), kept.read(second)
    kept.write(first, texts[1])
    kept.write(second, texts[0])
    for row in (first, second):
        with pytest.raises(VaultError):
            kept.open(row)


def test_what_is_altered_cut_or_nothing_does_not_open(database: str) -> None:
    sealed = seal(b"secret", **PLACE)
    version, key, nonce, text = sealed.split(".")
    swapped = text[:-1] + ("A" if text[-1] != "A" else "B")
    for wrong in (
        "",
        "plain text",
        sealed[:-1],
        sealed + "A",
        f"{version}.{key}.{nonce}.{swapped}",
        f"v2.{key}.{nonce}.{text}",
        f"{version}.{'0' * 16}.{nonce}.{text}",
        f"{version}..{nonce}.{text}",
    ):
        with pytest.raises(VaultError) as fault:
            open_sealed(wrong, **PLACE)
        assert text not in str(fault.value)


def test_a_wrapped_key_that_was_moved_to_another_id_does_not_unwrap(database: str) -> None:
    sealed = seal(b"secret", **PLACE)
    keys = {key.purpose: key for key in DataKey.objects.all()}
    DataKey.objects.filter(pk=keys["seal"].pk).update(wrapped=keys["hash"].wrapped)
    forget_keys()
    with pytest.raises(VaultError):
        open_sealed(sealed, **PLACE)


def test_another_key_is_refused_and_makes_no_second_ring(database: str, settings: Settings) -> None:
    first, second = key_text(), key_text()
    used = use_key(settings, first)
    sealed = seal(b"secret", **PLACE)
    rows = DataKey.objects.count()
    other = use_key(settings, second)
    for refused in (
        unlock_vault,
        prepare_vault,
        lambda: open_sealed(sealed, **PLACE),
        lambda: seal(b"more", **PLACE),
        lambda: keyed_hash("text", purpose="x"),
    ):
        with pytest.raises(VaultLocked) as refusal:
            refused()
        assert used in refusal.value.detail
        assert other in refusal.value.detail
        assert "STACK_VAULT_KEY" in refusal.value.remedy
        assert second not in str(refusal.value)
    assert not read_lock().is_open
    assert DataKey.objects.count() == rows
    use_key(settings, first)
    assert open_sealed(sealed, **PLACE) == b"secret"


def test_an_absent_key_is_refused(database: str, settings: Settings) -> None:
    unlock_vault()
    settings.VAULT = VaultSettings()
    forget_keys()
    with pytest.raises(VaultLocked):
        unlock_vault()


def test_a_key_with_the_id_of_the_right_one_must_still_prove_itself(database: str) -> None:
    unlock_vault()
    VaultMark.objects.update(proof=VaultMark.objects.get().proof[:-1] + "A")
    with pytest.raises(VaultLocked):
        unlock_vault()


def test_keys_that_are_gone_are_not_replaced_over_sealed_values(database: str, kept: Secrets) -> None:
    kept.put(b"secret")
    VaultMark.objects.all().delete()
    DataKey.objects.all().delete()
    forget_keys()
    for attempt in (unlock_vault, prepare_vault, lambda: seal(b"more", **PLACE)):
        with pytest.raises(VaultLocked, match="gone"):
            attempt()
    assert not DataKey.objects.exists()


def test_the_vault_is_made_once(database: str) -> None:
    assert prepare_vault() == ["vault"]
    assert prepare_vault() == []
    assert not unlock_vault()
    assert sorted(DataKey.objects.values_list("purpose", flat=True)) == ["hash", "seal", "sign"]


def test_a_ring_of_a_transaction_that_was_rolled_back_is_not_used(database: str) -> None:
    with transaction.atomic(using=database):
        seal(b"secret", **PLACE)
        transaction.set_rollback(True, using=database)
    assert not DataKey.objects.exists()
    assert open_sealed(seal(b"secret", **PLACE), **PLACE) == b"secret"
    assert DataKey.objects.count() == 3


def test_keyed_hashes_are_stable_and_differ_by_purpose(database: str) -> None:
    one = keyed_hash("evil", purpose="audit")
    forget_keys()
    assert keyed_hash("evil", purpose="audit") == one
    assert len(one) == 64
    assert len({one, keyed_hash("evil", purpose="other"), keyed_hash("evil2", purpose="audit")}) == 3


def test_a_signature_holds_for_its_bytes_and_purpose(database: str) -> None:
    signature = sign(b"data", purpose="checkpoint")
    assert parse_signature(str(signature)) == signature
    forget_keys()
    assert verify(b"data", signature, purpose="checkpoint")
    assert not verify(b"date", signature, purpose="checkpoint")
    assert not verify(b"data", signature, purpose="token")
    assert not verify(b"data", Signature("0" * 16, signature.value), purpose="checkpoint")
    seal_key = DataKey.objects.get(purpose="seal").pk
    assert not verify(b"data", Signature(seal_key, signature.value), purpose="checkpoint")
    for wrong in ("", "ed25519", f"rsa.{signature.key_id}.AA", str(signature)[:-4]):
        with pytest.raises(VaultError):
            parse_signature(wrong)


def test_a_signature_can_be_checked_with_the_public_key_alone(database: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    signature = sign(b"data", purpose="checkpoint")
    (key,) = list_public_keys("checkpoint")
    assert key.key_id == signature.key_id
    public = load_pem_public_key(key.pem.encode())
    assert isinstance(public, Ed25519PublicKey)
    public.verify(signature.value, b"data")


def test_a_column_is_registered_once(kept: Secrets) -> None:
    with pytest.raises(ValueError, match="registered"):
        register_sealed(seal_column(Job, "error"))
