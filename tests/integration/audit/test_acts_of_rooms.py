"""What rooms below and beside the log do is recorded, in the transaction in which they do it."""

import json
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal, Role
from stack.audit.models import AuditEntry
from stack.core.errors import Conflict, NotAllowed
from stack.ingest.operations import accept_upload
from stack.jobs.models import Job
from stack.jobs.operations import cancel, retry
from stack.sharing.exporting.operations import export
from stack.sharing.exporting.records import ExportRequest
from stack.store.operations import ensure_source
from stack.store.removal import queue_removal
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def ann(database: str, tmp_path: Path, settings: Settings) -> Principal:
    settings.DATA = tmp_path
    return make_principal("ann", Organisation.objects.create(name="Blue"), role=Role.CURATOR)


def entries() -> list[tuple[str, str, str]]:
    rows = AuditEntry.objects.order_by("sequence")
    return [(row.name, row.object_kind, row.object_id) for row in rows if row.actor_name == "ann"]


def test_the_start_cancelling_and_retry_of_a_job(ann: Principal) -> None:
    job = accept_upload(ann, chunks=[b"198.51.100.23"], filename="notes.txt", source="Partner")
    cancel(ann, job.id)
    retry(ann, job.id)
    number = str(job.id)
    assert entries() == [
        ("ingest.start", "job", number),
        ("job.cancel", "job", number),
        ("job.retry", "job", number),
    ]
    start, cancelling, retrying = AuditEntry.objects.filter(object_kind="job").order_by("sequence")
    assert json.loads(start.after).items() >= {"file": "notes.txt", "source": "Partner"}.items()
    assert json.loads(cancelling.before) == {"state": "queued"}
    assert json.loads(retrying.before) == {"state": "cancelled"}


def test_what_was_not_done_is_not_recorded(ann: Principal) -> None:
    job = accept_upload(ann, chunks=[b"198.51.100.23"], filename="notes.txt")
    with pytest.raises(Conflict):
        retry(ann, job.id)
    assert [name for name, *_ in entries()] == ["ingest.start"]


def test_a_job_that_cannot_be_recorded_is_not_queued(ann: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr("stack.core.acts._recorders", [fail])
    with pytest.raises(RuntimeError):
        accept_upload(ann, chunks=[b"198.51.100.23"], filename="notes.txt")
    assert not Job.objects.exists()


def test_the_removal_of_a_source(ann: Principal) -> None:
    source = ensure_source(ann, name="Partner")
    queue_removal(ann, source_id=source.id, name="Partner")
    assert entries() == [("source.remove", "source", str(source.id))]


def test_an_export_is_recorded_before_its_first_byte(ann: Principal) -> None:
    export(ann, ExportRequest(types=("malware",)))
    entry = AuditEntry.objects.get(name="export.read")
    assert (entry.object_kind, json.loads(entry.after)) == ("stix", {"query": "", "types": ["malware"]})


def test_an_export_that_was_refused_is_none(ann: Principal) -> None:
    nobody = Principal("nobody", ann.organisation_id, ann.user_id, frozenset(), 4)
    with pytest.raises(NotAllowed):
        export(nobody, ExportRequest())
    assert not AuditEntry.objects.filter(name="export.read").exists()
