"""A file that is kept for good outlives the job that read it, until it is released."""

from pathlib import Path

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.jobs.models import Job, JobState
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import (
    assign_artifact,
    keep_artifact,
    release_artifact,
    sweep_artifacts,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("for_good", [True, False])
def test_only_what_is_kept_for_good_outlives_its_job(
    for_good: bool, tmp_path: Path, settings: Settings
) -> None:
    settings.DATA = tmp_path
    organisation = Organisation.objects.create(name="Analysts")
    job = Job.objects.create(kind="ingest", state=JobState.DONE, created_at=0, organisation=organisation)
    kept = keep_artifact([b"bytes"], limit_bytes=10)
    assign_artifact(kept.name, job_id=job.pk, for_good=for_good)
    assert sweep_artifacts(age_us=-1) == (0 if for_good else 1)
    if for_good:
        release_artifact(kept.name)
        assert sweep_artifacts(age_us=-1) == 1
    assert not Artifact.objects.exists()
