"""While servers are known to be down nobody asks them; then one does."""

import pytest

from stack.search.elasticsearch import breaker
from stack.search.elasticsearch.breaker import Breaker
from stack.search.elasticsearch.client import ServerDown


def test_what_was_found_holds_for_a_while_and_then_one_finds_out_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    state = Breaker()
    state.check()
    state.open(ServerDown("gone", remedy="wait"))
    with pytest.raises(ServerDown, match="gone"):
        state.check()
    now += breaker.OPEN_S
    state.check()
    with pytest.raises(ServerDown):  # the others wait for what that one finds
        state.check()
    state.close()
    state.check()
