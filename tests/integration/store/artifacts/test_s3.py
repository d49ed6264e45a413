"""A bucket that is away, slow, closed or not there: nothing is acknowledged, and the message is clear."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from pytest_django import Settings

from stack.accounts.principal import Principal
from stack.core.errors import Unavailable
from stack.ingest.operations import accept_upload
from stack.jobs.models import Job
from stack.store.artifacts.operations import keep_artifact, sweep_artifacts
from stack.store.artifacts.queries import check_artifacts, list_artifacts, open_artifact
from stack.store.artifacts.records import ArtifactSettings
from tests.integration.store.artifacts.conftest import MEGABYTE, list_kept
from tests.service_fixtures import OwnService

pytestmark = pytest.mark.django_db(databases="__all__")


def send(megabytes: int, *, then: threading.Event | None = None) -> Iterator[bytes]:
    for number in range(megabytes):
        if then is not None and number == megabytes // 2:
            then.set()
        yield os.urandom(MEGABYTE)


@pytest.mark.parametrize("megabytes", [4, 24])
def test_a_storage_that_dies_in_mid_upload_is_acknowledged_to_nobody(
    principal: Principal, own_s3: OwnService, megabytes: int
) -> None:
    def dying() -> Iterator[bytes]:
        yield from send(megabytes // 2)
        own_s3.kill()
        yield from send(megabytes // 2)

    with pytest.raises(Unavailable) as refusal:
        accept_upload(principal, chunks=dying(), filename="bundle.json")
    assert refusal.value.status == 503
    assert "does not answer" in refusal.value.detail
    assert "127.0.0.1" not in refusal.value.detail + refusal.value.remedy
    assert not Job.objects.exists()
    assert list(list_artifacts()) == []
    own_s3.start()
    assert sweep_artifacts(age_us=-1) == 1
    assert list_kept() == set()


def test_a_storage_that_hangs_is_not_waited_for_longer_than_a_job_keeps_its_lease(
    principal: Principal, own_s3: OwnService
) -> None:
    own_s3.pause()
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer"):
        accept_upload(principal, chunks=send(1), filename="bundle.json")
    assert time.monotonic() - begun < 10, "with waits of a second and not of twenty"
    own_s3.pause(is_paused=False)


def test_a_storage_that_is_slow_for_a_while_gets_the_file_nevertheless(
    principal: Principal, own_s3: OwnService
) -> None:
    slow = threading.Event()

    def hold() -> None:
        slow.wait(10)
        own_s3.pause()
        time.sleep(0.7)
        own_s3.pause(is_paused=False)

    holder = threading.Thread(target=hold)
    holder.start()
    kept = keep_artifact(send(24, then=slow), limit_bytes=64 * MEGABYTE)
    holder.join()
    with open_artifact(kept.name) as file:
        file.seek(-1, os.SEEK_END)
        assert len(file.read()) == 1


def test_a_sender_that_goes_away_leaves_no_parts_behind(principal: Principal, own_s3: OwnService) -> None:
    def broken() -> Iterator[bytes]:
        yield from send(20)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        keep_artifact(broken(), limit_bytes=64 * MEGABYTE)
    parts = [path for path in own_s3.folder.rglob("*") if path.is_file() and path.stat().st_size > 500_000]
    assert [path for path in parts if "bucket" in str(path)] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secret_key": "another secret"}, "SignatureDoesNotMatch"),
        ({"bucket": "not-there"}, "NoSuchBucket"),
    ],
)
def test_a_setting_that_is_wrong_is_named_by_the_storages_own_word(
    principal: Principal,
    settings: Settings,
    bucket: ArtifactSettings,
    change: dict[str, str],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong: ArtifactSettings = replace(bucket, **change)  # type: ignore[arg-type]  # texts all
    settings.ARTIFACTS = wrong
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable, match=said):
        keep_artifact([b"x"], limit_bytes=10)
    check = check_artifacts()
    assert (check.is_reachable, check.detail) == (False, f"the storage answered {said}")
    assert wrong.secret_key not in caplog.text + check.detail + repr(wrong)


def test_the_check_answers_within_two_seconds_whatever_the_storage_does(
    settings: Settings, bucket: ArtifactSettings
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        settings.ARTIFACTS = replace(bucket, endpoint=f"http://127.0.0.1:{port}")
        begun = time.monotonic()
        check = check_artifacts()
        assert time.monotonic() - begun < 2
        assert (check.name, check.is_reachable) == ("s3", False)
    assert "does not answer: ConnectionRefusedError" in check_artifacts().detail


def test_without_keys_the_check_takes_any_answer_of_a_bucket(
    settings: Settings, bucket: ArtifactSettings
) -> None:
    settings.ARTIFACTS = replace(bucket, access_key="", secret_key="")
    assert check_artifacts().is_reachable


_FORK = """
import os, sys
from stack.core.errors import Unavailable
from stack.store.artifacts.records import ArtifactSettings
from stack.store.artifacts.s3 import S3Storage
bucket, prefix, endpoint, access, secret = sys.argv[1:]
storage = S3Storage(ArtifactSettings(bucket, prefix, endpoint, "", access, secret, allows_http=True))
def fork():
    child = os.fork()
    if not child:
        try:
            storage.put("ab" * 16, [b"x"], limit_bytes=1)
        except Unavailable as error:
            os._exit(3 if "forked" in error.detail else 4)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert storage.check().is_reachable
print(fork())
storage.put("cd" * 16, [b"x"], limit_bytes=1)
print(fork())
storage.remove("ab" * 16), storage.remove("cd" * 16)
"""


def test_a_child_may_use_what_its_parent_only_checked_and_is_told_otherwise(bucket: ArtifactSettings) -> None:
    """The parent of a pool of workers is asked for its health. Without the refusal, the child would hang."""
    arguments = [bucket.bucket, bucket.prefix, bucket.endpoint, bucket.access_key, bucket.secret_key]
    ended = subprocess.run(
        [sys.executable, "-c", _FORK, *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.stdout.split(), ended.stderr) == (["0", "3"], "")
