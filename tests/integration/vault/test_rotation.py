"""Rotations: every value goes under the new key, a concurrent write wins, what does not open is named."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from stack.core.acts import Act, Origin, install_recorder
from stack.core.errors import BadInput
from stack.vault.errors import VaultLocked
from stack.vault.key_sources import VaultSettings
from stack.vault.models import DataKey, KeyState
from stack.vault.operations import find_key_id, keyed_hash, prepare_vault, sign, unlock_vault, verify
from stack.vault.queries import read_status
from stack.vault.registry import SealedColumn, forget_sealed, iterate_batches, register_sealed
from stack.vault.ring import forget_keys
from stack.vault.rotation import rotate_data_key, rotate_key_encryption
from tests.integration.vault.conftest import ACTOR, Secrets, key_text, use_key

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def acts(monkeypatch: pytest.MonkeyPatch) -> list[Act]:
    """What was recorded, in a log of the test's own."""
    recorded: list[Act] = []

    def record(act: Act, origin: Origin) -> None:
        recorded.append(act)

    monkeypatch.setattr("stack.core.acts._recorders", [])
    install_recorder(record)
    return recorded


def count_outdated(kept: Secrets) -> int:
    return sum(row.outdated for row in read_status().columns if row.table == kept.table)


def test_every_value_goes_under_the_new_key_and_the_old_one_retires(
    database: str, kept: Secrets, acts: list[Act]
) -> None:
    rows = {kept.put(f"secret {number}".encode()): f"secret {number}".encode() for number in range(5)}
    old = find_key_id(kept.read(next(iter(rows))))
    rotation = rotate_data_key(ACTOR)
    assert (rotation.resealed, rotation.retired, rotation.failed) == (5, (old,), ())
    assert {find_key_id(kept.read(row)) for row in rows} == {rotation.data_key}
    forget_keys()
    assert {row: kept.open(row) for row in rows} == rows
    assert DataKey.objects.get(pk=old).state == KeyState.RETIRED
    assert [act.name for act in acts] == ["vault.rotate", "vault.rotate"]
    assert all(act.actor is ACTOR and act.is_security for act in acts)


def test_more_values_than_a_batch_are_all_found(database: str, kept: Secrets, column: SealedColumn) -> None:
    rows = [kept.put(b"x") for _ in range(12)]
    found = [[value.row for value in batch] for batch in iterate_batches(column, size=5)]
    assert [len(batch) for batch in found] == [5, 5, 2]
    assert [row for batch in found for row in batch] == rows


def test_what_somebody_changes_meanwhile_keeps_their_change(
    database: str, kept: Secrets, column: SealedColumn
) -> None:
    row = kept.put(b"before")
    meddled: list[str] = []

    def write(key: str, before: str, after: str) -> bool:
        if not meddled:
            meddled.append(key)
            kept.write(key, kept.seal(key, b"their change"))
        return column.write(key, before, after)

    forget_sealed(column)
    meddling = replace(column, write=write)
    register_sealed(meddling)
    try:
        rotation = rotate_data_key(ACTOR)
    finally:
        forget_sealed(meddling)
    assert meddled == [row]
    assert kept.open(row) == b"their change"
    assert find_key_id(kept.read(row)) == rotation.data_key


def test_what_does_not_open_is_named_and_keeps_its_key(database: str, kept: Secrets) -> None:
    good, bad, none = kept.put(b"good"), kept.put(b"bad"), kept.put(b"none")
    old = find_key_id(kept.read(bad))
    kept.write(bad, kept.read(good))
    kept.write(none, "not sealed at all")
    rotation = rotate_data_key(ACTOR)
    assert rotation.failed == ((kept.table, kept.field, bad), (kept.table, kept.field, none))
    assert (rotation.resealed, rotation.retired) == (1, ())
    assert DataKey.objects.get(pk=old).state == KeyState.OPENS
    assert kept.open(good) == b"good"


def test_a_value_that_was_sealed_before_and_written_after_a_rotation_opens_and_is_found_by_the_next(
    database: str, kept: Secrets
) -> None:
    row = kept.put(b"first")
    late = kept.seal(row, b"late")
    rotate_data_key(ACTOR)
    kept.write(row, late)
    forget_keys()
    assert kept.open(row) == b"late"
    assert count_outdated(kept) == 1
    assert rotate_data_key(ACTOR).resealed == 1
    assert kept.open(row) == b"late"
    assert count_outdated(kept) == 0


def test_hashes_and_signatures_survive_both_rotations(
    database: str, settings: Settings, kept: Secrets
) -> None:
    old, new = key_text(), key_text()
    use_key(settings, old, new=new)
    hashed, signature, row = keyed_hash("x", purpose="p"), sign(b"x", purpose="p"), kept.put(b"secret")
    rotate_data_key(ACTOR)
    rotate_key_encryption(ACTOR)
    use_key(settings, new)
    assert keyed_hash("x", purpose="p") == hashed
    assert verify(b"x", signature, purpose="p")
    assert kept.open(row) == b"secret"


def test_a_new_key_encryption_key_takes_over_and_the_old_one_opens_nothing(
    database: str, settings: Settings, kept: Secrets, acts: list[Act]
) -> None:
    old, new = key_text(), key_text()
    old_id = use_key(settings, old, new=new)
    row = kept.put(b"secret")
    rotation = rotate_key_encryption(ACTOR)
    assert (rotation.before, rotation.rewrapped) == (old_id, 3)
    assert "STACK_VAULT_KEY" in rotation.todo
    assert [act.name for act in acts] == ["vault.rotate"]
    assert new not in repr(acts)
    use_key(settings, old)
    with pytest.raises(VaultLocked):
        kept.open(row)
    assert use_key(settings, new) == rotation.after
    unlock_vault()
    assert kept.open(row) == b"secret"


def test_without_a_new_key_there_is_nothing_to_rotate_to(database: str, settings: Settings) -> None:
    text = key_text()
    use_key(settings, text)
    with pytest.raises(BadInput) as refusal:
        rotate_key_encryption(ACTOR)
    assert "STACK_VAULT_NEW_KEY" in refusal.value.remedy
    use_key(settings, text, new=text)
    with pytest.raises(BadInput, match="in use"):
        rotate_key_encryption(ACTOR)
    use_key(settings, text, new=f"{key_text()} {key_text()}")
    with pytest.raises(BadInput, match="2 keys"):
        rotate_key_encryption(ACTOR)


def test_the_key_file_of_ones_own_machine_is_replaced(
    database: str, settings: Settings, kept: Secrets, tmp_path: Path
) -> None:
    path = tmp_path / "vault.key"
    settings.VAULT = VaultSettings(own_file=path)
    assert prepare_vault() == [f"vault key {path}", "vault"]
    row, before = kept.put(b"secret"), path.read_bytes()
    rotation = rotate_key_encryption(ACTOR)
    assert before not in path.read_bytes()
    assert len(path.read_text().split()) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    forget_keys()
    assert read_status().lock.key_encryption_id == rotation.after
    assert kept.open(row) == b"secret"


def test_a_rotation_of_the_file_that_broke_off_leaves_a_vault_that_opens(
    database: str, settings: Settings, kept: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vault.key"
    settings.VAULT = VaultSettings(own_file=path)
    prepare_vault()
    row = kept.put(b"secret")
    with monkeypatch.context() as broken:
        broken.setattr("stack.vault.rotation._rewrap", _break)
        with pytest.raises(OSError, match="power"):
            rotate_key_encryption(ACTOR)
    assert len(path.read_text().split()) == 2
    forget_keys()
    assert kept.open(row) == b"secret"
    rotate_key_encryption(ACTOR)
    assert len(path.read_text().split()) == 1
    forget_keys()
    assert kept.open(row) == b"secret"


def _break(*_: object) -> None:
    raise OSError("the power failed")


def test_a_key_file_without_the_key_in_use_is_not_replaced(
    database: str, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "vault.key"
    settings.VAULT = VaultSettings(own_file=path)
    prepare_vault()
    other = base64.b64encode(bytes.fromhex(key_text())).decode()
    path.write_text(other)
    with pytest.raises(VaultLocked):
        rotate_key_encryption(ACTOR)
    assert path.read_text() == other


def test_the_status_counts_what_is_under_each_key(database: str, kept: Secrets) -> None:
    kept.put(b"one")
    kept.put(b"two")
    status = read_status()
    assert status.lock.is_open
    assert {key.purpose: key.values for key in status.keys} == {"seal": 2, "hash": 0, "sign": 0}
    assert [(row.values, row.outdated) for row in status.columns if row.table == kept.table] == [(2, 0)]
