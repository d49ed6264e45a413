"""The file of keys: for its owner, never over another, and never quoted."""

from pathlib import Path

import pytest

from stack.cli.safekeeping.keys import Keys, decode_keys, read_keys, write_keys
from stack.core.errors import BadInput, Conflict

_KEYS = Keys(key_encryption_id="local-1", vault=["secret-vault-key"], secret="secret-key")


def test_it_comes_back_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_keys(path, _KEYS)
    assert read_keys(path) == _KEYS
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_another_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text("another vault's keys")
    with pytest.raises(Conflict, match="is there already"):
        write_keys(path, _KEYS)
    assert path.read_text() == "another vault's keys"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b'{"vault": "secret"}', b'{"format": "stack-keys-9"}', b"\xff"])
def test_what_is_no_file_of_keys_is_refused_without_quoting_it(content: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        decode_keys(content, place="here")
    assert "secret" not in caught.value.detail


def test_neither_shows_in_a_log() -> None:
    assert "secret" not in repr(_KEYS)
    assert "secret" not in f"{_KEYS}"
