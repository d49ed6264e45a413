"""The hash of an entry: anybody can compute it again, and no two entries share one."""

import json
from hashlib import sha256

import pytest

from stack.audit.chain import COLUMNS, GENESIS, clean_text, hash_entry, write_values

VALUES = [1, 1, 1_700_000_000_000_000, "key.create", "done", "ann", 7, None, 3, "api", "203.0.113.9", "r1",
          "key", "4", "{}", '{"name":"ci"}', False]  # fmt: skip


def test_the_hash_is_that_of_a_json_array() -> None:
    """Computed here by the words of the documentation, without the code under test."""
    text = json.dumps(["stack-audit-1", *VALUES, GENESIS], separators=(",", ":"), ensure_ascii=False)
    assert hash_entry(VALUES, GENESIS) == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_counts(column: int) -> None:
    changed = list(VALUES)
    changed[column] = "other"
    assert hash_entry(changed, GENESIS) != hash_entry(VALUES, GENESIS)


def test_text_cannot_move_from_one_column_to_the_next() -> None:
    actor, result = COLUMNS.index("actor_name"), COLUMNS.index("result")
    moved = list(VALUES)
    moved[result], moved[actor] = 'done","an', "n"
    assert hash_entry(moved, GENESIS) != hash_entry(VALUES, GENESIS)
    assert hash_entry(VALUES, "1" * 64) != hash_entry(VALUES, GENESIS)


def test_values_are_written_the_same_whatever_their_order() -> None:
    first = write_values({"b": [2, 1], "a": frozenset({"y", "x"}), "c": None})
    assert first == '{"a":["x","y"],"b":[2,1],"c":null}'
    assert write_values({"c": None, "a": {"x", "y"}, "b": [2, 1]}) == first


def test_what_no_database_keeps_is_replaced() -> None:
    assert clean_text("a\x00b\ud800", 10) == "a�b?"
    assert clean_text("x" * 50, 10) == "x" * 10
    assert json.loads(write_values({"a": "\x00"})) == {"a": "\x00"}
    write_values({"a": "\ud800"}).encode()


def test_too_much_is_kept_as_its_digest() -> None:
    kept = json.loads(write_values({"text": "x" * 30_000}))
    assert kept["characters"] > 30_000
    assert len(kept["sha256"]) == 64
