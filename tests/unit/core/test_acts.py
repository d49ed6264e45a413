"""When acts are recorded."""

import pytest

from stack.core import acts
from stack.core.acts import Act, Origin, acting_from, record_act, recording_last


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The acts that were recorded by now, with the face that each came from."""
    names: list[str] = []
    monkeypatch.setattr(acts, "_recorders", [lambda act, origin: names.append(f"{act.name} {origin.face}")])
    return names


def _say(name: str) -> None:
    record_act(Act(name, None))


def _fail_after(name: str) -> None:
    with recording_last():
        _say(name)
        raise ValueError("no")


def test_an_act_is_recorded_at_once_outside_of_a_block(recorded: list[str]) -> None:
    with acting_from(Origin("cli")):
        _say("one")
    assert recorded == ["one cli"]


def test_acts_of_a_block_are_recorded_at_its_end_as_they_happened(recorded: list[str]) -> None:
    with recording_last():
        with acting_from(Origin("web")):
            _say("one")
        with recording_last():
            _say("two")
        _say("three")
        assert recorded == []
    assert recorded == ["one web", "two process", "three process"]
    _say("four")
    assert recorded[-1] == "four process"


def test_a_block_that_fails_records_nothing_of_its_own(recorded: list[str]) -> None:
    with recording_last():
        _say("one")
        with pytest.raises(ValueError, match="no"):
            _fail_after("two")
        _say("three")
    assert recorded == ["one process", "three process"]
    with pytest.raises(ValueError, match="no"):
        _fail_after("four")
    assert len(recorded) == 2


def test_without_a_log_no_act_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_recorders", [])
    with pytest.raises(RuntimeError, match="one would go unrecorded"), recording_last():
        _say("one")
