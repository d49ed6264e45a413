"""Acts reach the log in their own transaction, whole, in order, and without their secrets."""

import json
import logging

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.audit.chain import GENESIS
from stack.audit.models import AuditEntry
from stack.core.acts import Act, Origin, Result, acting_from, record_act
from stack.core.errors import NotFound
from tests.people import make_principal

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.usefixtures("database")]


@pytest.fixture
def ann() -> Principal:
    return make_principal("ann", Organisation.objects.create(name="Blue"))


def last() -> AuditEntry:
    return AuditEntry.objects.latest("sequence")


def test_an_entry_says_who_from_where_what_on_which_object(ann: Principal) -> None:
    act = Act(
        name="key.create",
        actor=ann,
        object_kind="key",
        object_id="4",
        before={},
        after={"name": "ci"},
        result=Result.REFUSED,
    )
    with acting_from(Origin("api", "203.0.113.9", "request-1")):
        record_act(act)
    entry = last()
    assert (entry.actor_name, entry.user_id, entry.organisation_id) == (
        "ann",
        ann.user_id,
        ann.organisation_id,
    )
    assert (entry.face, entry.address, entry.request_id) == ("api", "203.0.113.9", "request-1")
    assert (entry.name, entry.object_kind, entry.object_id) == ("key.create", "key", "4")
    assert (entry.before, entry.after, entry.result) == ("{}", '{"name":"ci"}', "refused")


def test_entries_are_chained_and_counted_for_each_organisation(ann: Principal) -> None:
    bob = make_principal("bob", Organisation.objects.create(name="Red"))
    start = AuditEntry.objects.count()
    for actor in (ann, bob, ann, None):
        record_act(Act(name="note.create", actor=actor))
    rows = list(AuditEntry.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == list(range(1, start + 5))
    assert [row.previous for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]
    numbers = [row.number for row in rows if row.organisation_id == ann.organisation_id]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_act_that_is_rolled_back_leaves_nothing(ann: Principal) -> None:
    count = AuditEntry.objects.count()

    def fail() -> None:
        with transaction.atomic(using=AuditEntry.objects.db):
            record_act(Act(name="key.revoke", actor=ann))
            raise NotFound("no such key")

    with pytest.raises(NotFound):
        fail()
    assert AuditEntry.objects.count() == count


def test_of_a_secret_only_a_keyed_hash_is_kept(ann: Principal) -> None:
    secrets = frozenset({"secret"})
    for text in ("hunter2", "hunter2", "hunter3"):
        record_act(Act(name="key.create", actor=ann, after={"secret": text, "name": "ci"}, secrets=secrets))
    first, second, third = (json.loads(row.after) for row in AuditEntry.objects.order_by("-sequence")[:3])
    assert first["name"] == "ci"
    assert second["secret"] == third["secret"] != first["secret"]
    assert "hunter" not in "".join(AuditEntry.objects.values_list("after", flat=True))


def test_odd_text_is_recorded_as_far_as_it_can_be(ann: Principal) -> None:
    record_act(Act(name="object.mark", actor=ann, object_id="x\x00" * 400, after={"name": "\x00\ud800"}))
    assert len(last().object_id) == 300


def test_a_security_event_reaches_the_log_of_the_process(
    ann: Principal,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    alias = AuditEntry.objects.db
    with (
        caplog.at_level(logging.WARNING, logger="stack.security"),
        django_capture_on_commit_callbacks(using=alias, execute=True),
    ):
        record_act(Act(name="sign-in.lock", actor=ann, is_security=True))
        record_act(Act(name="note.create", actor=ann))
    (record,) = [each for each in caplog.records if each.name == "stack.security"]
    said = json.loads(record.getMessage())
    assert (said["event"], said["actor"], said["sequence"]) == ("sign-in.lock", "ann", last().sequence - 1)
