import pytest

from tests.security.non_interference.world import Clock

_CLOCKED = (
    "stack.core.clock.time",
    "stack.accounts.sign_in.sessions.time",
    "stack.accounts.sign_in.reauthentication.time",
    "stack.accounts.limits.counters.time",
)
_RANDOM_IDS = (
    "stack.analysis.operations.uuid4",
    "stack.analysis.writing.uuid4",
    "stack.ingest.notes.uuid4",
    "stack.sharing.collections.operations.uuid4",
    "stack.sharing.exporters.stix_bundle.uuid4",
    "stack.sharing.taxii.accepting.uuid4",
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of day everywhere, and ids that follow from it."""
    clock = Clock()
    for name in _CLOCKED:
        monkeypatch.setattr(name, clock)
    for name in _RANDOM_IDS:
        monkeypatch.setattr(name, clock.make_uuid)
    return clock
