"""What was refused is recorded; many refusals in a minute are raised once as a sweep."""

import pytest

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.audit.models import AuditEntry
from stack.audit.operations import record_export, record_refusal, record_restricted_read
from stack.audit.operations import refusals as refusals_module
from stack.core.acts import Actor, Origin, acting_from
from stack.core.errors import NotAllowed
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]
ERROR = NotAllowed("ann may not do this: it needs the permission “administer”")


@pytest.fixture
def blue() -> Organisation:
    return Organisation.objects.create(name="Blue")


@pytest.fixture
def ann(blue: Organisation) -> Principal:
    return make_principal("ann", blue)


def refuse(actor: Actor | None, times: int = 1, address: str = "") -> None:
    with acting_from(Origin("api", address)):
        for _ in range(times):
            record_refusal(actor, ERROR, target="/api/v1/groups")


def sweeps() -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(name="access.sweep", is_security=True).order_by("sequence")
    return [(row.object_kind, row.object_id) for row in found]


def test_a_refusal_says_who_wanted_what(ann: Principal) -> None:
    refuse(ann, address="203.0.113.9")
    entry = AuditEntry.objects.get(name="access.refuse")
    assert (entry.actor_name, entry.result, entry.address) == ("ann", "refused", "203.0.113.9")
    assert (entry.object_kind, entry.object_id) == ("route", "/api/v1/groups")
    assert "administer" in entry.after
    assert not entry.is_security


def test_the_twentieth_refusal_of_one_actor_is_a_sweep_and_the_next_is_not(ann: Principal) -> None:
    refuse(ann, 19)
    assert sweeps() == []
    refuse(ann, 30)
    assert sweeps() == [("user", str(ann.user_id))]


def test_an_address_sweeps_too_whoever_asks_from_there(ann: Principal, blue: Organisation) -> None:
    bob = make_principal("bob", blue)
    for _ in range(7):
        for actor in (ann, bob, None):
            refuse(actor, address="203.0.113.9")
    assert sweeps() == [("address", "203.0.113.9")]
    assert AuditEntry.objects.get(name="access.sweep").organisation_id is None


def test_refusals_of_others_do_not_add_up(ann: Principal, blue: Organisation) -> None:
    bob = make_principal("bob", blue)
    refuse(ann, 15, "203.0.113.1")
    refuse(bob, 15, "203.0.113.2")
    assert sweeps() == []


def test_a_slow_search_is_none_and_a_later_one_is_raised_again(
    ann: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 0
    monkeypatch.setattr(refusals_module, "now_us", lambda: moment)
    monkeypatch.setattr("stack.audit.operations.recording.now_us", lambda: moment)
    for _ in range(30):
        moment += 4_000_000
        refuse(ann)
    assert sweeps() == []
    for _ in range(2):
        moment += 120_000_000
        refuse(ann, 21)
    assert len(sweeps()) == 2


def test_reads_of_restricted_data_and_exports_are_recorded(ann: Principal) -> None:
    record_restricted_read(ann, "object", "malware--92ec0cbd-2c30-44a2-b270-73f4ec949841")
    record_export(ann, "stix", asked={"query": "tlp:red", "types": ["malware"]})
    read, export = AuditEntry.objects.order_by("sequence")
    assert (read.name, read.object_id[:7], read.actor_name) == ("object.read", "malware", "ann")
    assert (export.name, export.after) == ("export.read", '{"query":"tlp:red","types":["malware"]}')
