"""What a process keeps of answers is bounded in bytes and in time."""

import pytest

from stack.store import kept_answers
from stack.store.kept_answers import KeptAnswers


def test_the_least_recently_used_goes_first() -> None:
    kept = KeptAnswers(limit_bytes=4_000)
    for name in ("a", "b", "c"):
        kept.put(name, b"x" * 900, 60)
    assert kept.get("a")
    kept.put("d", b"x" * 900, 60)
    assert [name for name in "abcd" if kept.get(name)] == ["a", "c", "d"]
    assert kept.size_bytes <= 4_000


def test_what_is_put_again_counts_once() -> None:
    kept = KeptAnswers(limit_bytes=4_000)
    for _ in range(100):
        kept.put("a", b"x" * 900, 60)
    assert kept.size_bytes < 2_000


def test_what_is_larger_than_all_room_is_not_kept() -> None:
    kept = KeptAnswers(limit_bytes=4_000)
    kept.put("a", b"x", 60)
    kept.put("b", b"x" * 5_000, 60)
    assert kept.get("b") is None
    assert kept.size_bytes == 0


def test_an_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptAnswers(limit_bytes=4_000)
    now = [100.0]
    monkeypatch.setattr(kept_answers, "monotonic", lambda: now[0])
    kept.put("a", b"x", 60)
    now[0] += 59
    assert kept.get("a") == b"x"
    now[0] += 1
    assert kept.get("a") is None
    assert kept.size_bytes == 0
