"""Files that are kept stay readable whatever becomes of the vault's keys."""

import pytest
from pytest_django import Settings

from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import keep_artifact
from stack.store.artifacts.queries import open_artifact
from stack.vault.errors import VaultLocked
from stack.vault.models import DataKey, KeyState
from stack.vault.operations import find_key_id
from stack.vault.queries import read_status
from stack.vault.ring import forget_keys
from stack.vault.rotation import rotate_data_key, rotate_key_encryption
from tests.integration.store.artifacts.conftest import sealed_bytes
from tests.integration.vault.conftest import ACTOR, key_text, use_key

pytestmark = pytest.mark.django_db(databases="__all__")
DATA = bytes(range(256)) * 5000


def read(name: str) -> bytes:
    forget_keys()
    with open_artifact(name) as file:
        return file.read()


def test_a_new_data_key_takes_the_keys_of_files_along_and_touches_no_file(
    database: str, settings: Settings, storage: str
) -> None:
    use_key(settings, key_text())
    name = keep_artifact([DATA], limit_bytes=len(DATA)).name
    before = sealed_bytes(name)
    old = find_key_id(Artifact.objects.get(pk=name).sealed_key)
    rotation = rotate_data_key(ACTOR)
    assert (rotation.retired, rotation.failed) == ((old,), ())
    assert find_key_id(Artifact.objects.get(pk=name).sealed_key) == rotation.data_key
    DataKey.objects.filter(pk=old).delete()
    assert read(name) == DATA
    assert sealed_bytes(name) == before


def test_a_file_that_is_read_during_a_rotation_is_read_to_its_end(
    database: str, settings: Settings, storage: str
) -> None:
    use_key(settings, key_text())
    name = keep_artifact([DATA], limit_bytes=len(DATA)).name
    with open_artifact(name) as file:
        start = file.read(10)
        rotate_data_key(ACTOR)
        forget_keys()
        assert start + file.read() == DATA


def test_a_new_key_encryption_key_opens_files_and_the_old_one_does_not(
    database: str, settings: Settings, storage: str
) -> None:
    old, new = key_text(), key_text()
    use_key(settings, old, new=new)
    name = keep_artifact([DATA], limit_bytes=len(DATA)).name
    rotate_key_encryption(ACTOR)
    use_key(settings, old)
    with pytest.raises(VaultLocked):
        read(name)
    use_key(settings, new)
    assert read(name) == DATA
    assert not DataKey.objects.filter(state=KeyState.OPENS).exists()
    assert ("store_artifact", "sealed_key") in {(row.table, row.field) for row in read_status().columns}
