"""Keys as text and in files: what is no random key of 256 bits, or is open to others, is refused in words."""

import base64
import logging
from pathlib import Path

import pytest

from stack.vault.errors import VaultLocked
from stack.vault.local_keys import (
    LocalKey,
    create_key_file,
    make_key,
    parse_keys,
    read_key_file,
    write_key_file,
)


def read(path: Path, *, is_strict: bool = False) -> list[bytes]:
    return [key.key for key in read_key_file(path, setting="STACK_VAULT_KEY_FILE", is_strict=is_strict)]


def test_a_key_may_be_written_as_base64_or_hexadecimal() -> None:
    key = make_key()
    standard, safe = base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()
    for text in (standard, safe, standard.rstrip("="), key.hex(), key.hex().upper(), f" {standard}\n"):
        assert [found.key for found in parse_keys(text, setting="X")] == [key]


@pytest.mark.parametrize(
    "text",
    [
        "short",
        "x" * 64,
        "A" * 43,
        "00" * 32,
        "changeme",
        bytes(range(31)).hex(),
        bytes(range(33)).hex(),
        "ä" * 43,
    ],
)
def test_what_is_no_random_key_of_256_bits_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(VaultLocked) as refusal:
        parse_keys(text, setting="STACK_VAULT_KEY")
    assert "STACK_VAULT_KEY" in refusal.value.detail
    assert text not in str(refusal.value)


def test_the_id_tells_keys_apart_and_nothing_shows_a_key() -> None:
    first, second = LocalKey(make_key(), "X"), LocalKey(make_key(), "X")
    assert first.key_id != second.key_id
    assert LocalKey(first.key, "elsewhere").key_id == first.key_id
    assert repr(first.key) not in repr(first)
    assert first.key.hex() not in first.key_id


def test_a_key_file_is_for_its_owner_and_never_overwritten(tmp_path: Path) -> None:
    path, key = tmp_path / "vault.key", make_key()
    assert create_key_file(path, key)
    assert not create_key_file(path, make_key())
    assert read(path, is_strict=True) == [key]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_during_a_rotation_the_file_holds_both_keys(tmp_path: Path) -> None:
    path, keys = tmp_path / "vault.key", [make_key(), make_key()]
    write_key_file(path, keys)
    assert read(path) == keys
    write_key_file(path, keys[1:])
    assert read(path) == keys[1:]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_may_read_is_refused_in_production_and_warned_of_elsewhere(
    tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "vault.key"
    create_key_file(path, make_key())
    path.chmod(mode)
    with pytest.raises(VaultLocked, match="others may read") as refusal:
        read(path, is_strict=True)
    assert refusal.value.remedy == f"chmod 600 {path}"
    with caplog.at_level(logging.WARNING):
        assert len(read(path)) == 1
    assert "others may read" in caplog.text


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", b"not a key"])
def test_a_file_without_a_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.key"
    path.write_bytes(content)
    with pytest.raises(VaultLocked, match="STACK_VAULT_KEY_FILE"):
        read(path)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(VaultLocked, match=r"absent\.key"):
        read(tmp_path / "absent.key")
