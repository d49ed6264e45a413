"""Keeps files: sealed, durable before anybody is told, and gone when nobody needs them."""

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress

from django.db import DatabaseError
from django.db.models import Q, QuerySet

from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound, Unavailable
from stack.jobs.models import JobState
from stack.store.artifacts.choice import check_name, open_storage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.queries import all_artifacts
from stack.store.artifacts.records import ArtifactRef
from stack.store.artifacts.sealing import measure_sealed, seal_pieces
from stack.vault.envelope import KEY_BYTES
from stack.vault.operations import seal

_log = logging.getLogger(__name__)
_DAY_US = 86_400 * 1_000_000


class _Counted:
    """Hashes and counts what passes, and stops it at the limit."""

    def __init__(self, limit_bytes: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self._limit = limit_bytes

    def follow(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            if self.size > self._limit:
                raise BadInput(
                    f"The upload is larger than {self._limit // 1_048_576:,} MB",
                    remedy="Compress it with gzip or zstd, or raise STACK_UPLOAD_LIMIT_MB.",
                )
            self.digest.update(chunk)
            yield chunk


def keep_artifact(
    chunks: Iterable[bytes], *, limit_bytes: int, organisation_id: int | None = None
) -> ArtifactRef:
    """Keeps the bytes for `organisation_id`; they are durable when this returns.

    Outside of a transaction, and before the one that needs the file: `assign_artifact` belongs there. A file
    that no job has after a day is swept. Raises `BadInput` above the limit, `Unavailable` when the storage
    fails, and whatever `chunks` raises; then nothing is kept.
    """
    name, key = secrets.token_hex(16), os.urandom(KEY_BYTES)
    all_artifacts().create(
        name=name,
        sealed_key=seal(key, table=Artifact._meta.db_table, row=name, field="sealed_key"),
        organisation_id=organisation_id,
        created_at=now_us(),
    )
    counted = _Counted(limit_bytes)
    try:
        sealed = seal_pieces(key, name, counted.follow(chunks))
        open_storage().put(name, sealed, limit_bytes=measure_sealed(limit_bytes))
        found = ArtifactRef(name, counted.digest.hexdigest(), counted.size)
        if not all_artifacts().filter(pk=name).update(sha256=found.sha256, size=found.size):
            with suppress(Unavailable):
                open_storage().remove(name)
            raise Unavailable("The upload took longer than a day", remedy="Send it in parts.")
    except Unavailable:
        raise  # the storage would make whoever waits for the answer wait once more; the sweep finds the row
    except BaseException:
        with suppress(Unavailable, DatabaseError):
            discard_artifact(name)
        raise
    return found


def assign_artifact(name: str, *, job_id: int, for_good: bool = False) -> None:
    """Says that the job needs the file, in the transaction that makes the job; `for_good`: after it too."""
    whole = all_artifacts().filter(pk=check_name(name), size__isnull=False).exclude(sealed_key="")
    if not whole.update(job_id=job_id, for_good=for_good):
        raise NotFound("There is no stored file of this name")


def release_artifact(name: str) -> None:
    """Says that a file is not kept for good any more: the sweep removes it."""
    all_artifacts().filter(pk=check_name(name)).update(for_good=False, job=None)


def discard_artifact(name: str) -> None:
    """Removes the bytes and their key; a name that is not there is no fault.

    `Unavailable` when the storage fails: no job has the file then, and the sweep removes it later.
    """
    try:
        open_storage().remove(check_name(name))
    except Unavailable:
        all_artifacts().filter(pk=name).update(job=None)
        raise
    all_artifacts().filter(pk=name).delete()


def keep_sealed(name: str, chunks: Iterable[bytes]) -> None:
    """Puts back what `read_sealed` gave, under its name; the row that opens it comes with the database."""
    pieces = iter(chunks)
    open_storage().put(check_name(name), pieces, limit_bytes=0)


def sweep_artifacts(*, age_us: int = _DAY_US) -> int:
    """Removes what no job needs and is older than `age_us`; how many files that were.

    These are uploads that broke off, that no job was made for, or whose job is done. What a failed or
    cancelled job would need for a retry stays.
    """
    removed = 0
    for name, job_id in list(_find_idle(age_us).values_list("pk", "job_id")):
        # Claimed first, so that no job can be given the file between the look and the removal.
        if not all_artifacts().filter(pk=name, job_id=job_id, for_good=False).update(sealed_key=""):
            continue
        try:
            discard_artifact(name)
        except Unavailable as error:
            _log.warning("the sweep of stored files stops until the storage answers: %s", error.detail)
            break
        removed += 1
    if removed:
        _log.info("%d stored files that no job needs were removed", removed)
    return removed


def _find_idle(age_us: int) -> QuerySet[Artifact]:
    old = all_artifacts().filter(created_at__lt=now_us() - age_us, for_good=False)
    return old.filter(Q(job=None) | Q(job__state=JobState.DONE))
