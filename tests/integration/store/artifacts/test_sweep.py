"""What nobody needs goes after a day; what a job may still need never does."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.core.errors import NotFound, Unavailable
from stack.jobs.models import Job, JobState
from stack.store.artifacts import operations
from stack.store.artifacts.choice import open_storage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import (
    assign_artifact,
    discard_artifact,
    keep_artifact,
    sweep_artifacts,
)
from stack.store.artifacts.queries import list_artifacts, open_artifact
from tests.integration.store.artifacts.conftest import list_kept
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.django_db(databases="__all__")
DAY_US = 86_400_000_000


def keep(*, days: float = 2) -> str:
    name = keep_artifact([b"bytes"], limit_bytes=100).name
    _age(name, days)
    return name


def _age(name: str, days: float) -> None:
    row = Artifact.objects.get(pk=name)
    Artifact.objects.filter(pk=name).update(created_at=row.created_at - int(days * DAY_US))


def make_job(organisation: Organisation, state: JobState) -> int:
    return Job.objects.create(kind="ingest", state=state, created_at=0, organisation=organisation).pk


@pytest.mark.parametrize("state", [state for state in JobState if state != JobState.DONE])
def test_what_a_job_may_need_stays(database: str, storage: str, state: JobState) -> None:
    name = keep()
    assign_artifact(name, job_id=make_job(Organisation.objects.create(name="A"), state))
    assert sweep_artifacts() == 0
    with open_artifact(name) as file:
        assert file.read() == b"bytes"


def test_what_no_job_needs_goes_when_it_is_a_day_old(database: str, storage: str) -> None:
    organisation = Organisation.objects.create(name="A")
    young, old, done = keep(days=0.9), keep(), keep()
    assign_artifact(done, job_id=make_job(organisation, JobState.DONE))
    assert sweep_artifacts() == 2
    assert list_kept() == {young} == set(list_artifacts())
    assert not Artifact.objects.filter(pk__in=[old, done]).exists()


def test_what_a_killed_process_left_goes_with_its_row(database: str, storage: str) -> None:
    """Killed before the row knows the size: the bytes may be whole, or a draft, or not there at all."""
    whole, draft, nothing = keep(), keep(), keep()
    Artifact.objects.update(size=None, sha256="")
    open_storage().remove(draft)
    open_storage().remove(nothing)
    if storage == "folder":
        _leave_draft(draft)
    assert list_kept() == {whole} | ({f"{draft}.part"} if storage == "folder" else set())
    with pytest.raises(NotFound):
        open_artifact(whole)
    with pytest.raises(NotFound):
        assign_artifact(whole, job_id=1)
    assert sweep_artifacts() == 3
    assert list_kept() == set()
    assert not Artifact.objects.exists()


def _leave_draft(name: str) -> None:
    def killed() -> Iterator[bytes]:
        yield b"half"
        (path,) = open_storage().folder.rglob("*.part")  # type: ignore[attr-defined]  # the folder's
        path.rename(path.with_suffix(".kept"))

    with pytest.raises(Unavailable):
        open_storage().put(name, killed(), limit_bytes=0)
    (path,) = open_storage().folder.rglob("*.kept")  # type: ignore[attr-defined]
    path.rename(path.with_suffix(".part"))


def test_an_upload_that_was_swept_before_its_end_is_not_acknowledged(database: str, storage: str) -> None:
    def slow() -> Iterator[bytes]:
        yield b"first"
        _age(Artifact.objects.get().pk, 2)
        assert sweep_artifacts() == 1
        yield b"last"

    with pytest.raises(Unavailable):
        keep_artifact(slow(), limit_bytes=100)
    assert list_kept() == set()
    assert list(list_artifacts()) == []


def test_a_file_that_a_job_gets_while_the_sweep_looks_stays(
    database: str, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = keep()
    job = make_job(Organisation.objects.create(name="A"), JobState.QUEUED)

    class Looked:
        """What the sweep saw; the file has got a job since."""

        def values_list(self, *_: str) -> list[tuple[str, None]]:
            assign_artifact(name, job_id=job)
            return [(name, None)]

    monkeypatch.setattr(operations, "_find_idle", lambda age_us: Looked())
    assert sweep_artifacts() == 0
    assert list_kept() == {name}


def test_the_sweep_goes_on_once_the_storage_answers_again(
    principal: Principal, own_s3: OwnService, settings: Settings
) -> None:
    names = {keep(), keep(), keep()}
    own_s3.kill()
    with pytest.raises(Unavailable):
        discard_artifact(min(names))
    assert sweep_artifacts() == 0
    assert Artifact.objects.count() == 3
    own_s3.start()
    assert list_kept() == names
    assert sweep_artifacts() == 3
    assert list_kept() == set()
