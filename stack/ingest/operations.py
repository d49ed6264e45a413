"""Accepts inputs: an upload is kept sealed, a local file read where it is; each becomes a job."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
from django.conf import settings

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, NotFound, Unavailable
from stack.ingest.base import CsvMapping
from stack.ingest.formats import find_parser
from stack.ingest.mappings.operations import settle_mapping
from stack.jobs.leases import in_transaction
from stack.jobs.operations import enqueue
from stack.jobs.records import JobRow
from stack.stix.timestamps import format_instant
from stack.store.artifacts.operations import assign_artifact, discard_artifact, keep_artifact
from stack.store.artifacts.queries import get_artifact, open_artifact
from stack.store.marking import check_handling
from stack.store.records import OWN_ALONE, Handling

_LONGEST_NAME = 200
_log = logging.getLogger(__name__)


class IngestArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Arguments of the job. Of `artifact` (a stored file), `path` and `upload` one is given.

    `upload` is a name in the data folder's `uploads`, where a Stack before the artifacts kept its uploads.
    `file` is the name that people know the input by, `received` the timestamp of the receipt. `is_replica`:
    the source passes on what others said (`store.operations.write_statements`).
    """

    file: str
    source: str
    received: str
    artifact: str = ""
    upload: str = ""
    path: str = ""
    format: str | None = None
    mapping: CsvMapping | None = None
    handling: Handling = OWN_ALONE
    is_replica: bool = False
    choices: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Input:
    """What an ingest reads: its bytes, how many they are, and what tells them from a changed input."""

    file: BinaryIO
    size: int
    version: str


def accept_upload(
    principal: Principal,
    *,
    chunks: Iterable[bytes],
    filename: str,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that users write
    mapping: CsvMapping | None = None,
    handling: Handling = OWN_ALONE,
    is_replica: bool = False,
    choices: Mapping[str, str] | None = None,
    along: Callable[[JobRow], None] | None = None,
) -> JobRow:
    """Keeps the bytes durably, then queues their ingest. Nothing of `filename` becomes part of a path.

    `source` is who says what the file says; without it, the file's name. `choices` are for a format of
    somebody's own (`formats.offer_parsers`). `along` writes what must stand
    exactly when the job does, in its transaction. Raises `BadInput` for an unknown format, a handling that
    cannot be, or more than the configured size, and `Unavailable` where files cannot be kept now.
    """
    principal.require(Permission.INGEST)
    _check_format(format)
    check_handling(principal, handling)
    name = _clean_name(filename) or "upload"
    kept = keep_artifact(
        chunks, limit_bytes=settings.UPLOAD_LIMIT_BYTES, organisation_id=principal.organisation_id
    )
    return _enqueue(
        principal,
        IngestArguments(
            file=name,
            source=_clean_name(source or "") or name,
            received=_now(),
            artifact=kept.name,
            format=format,
            mapping=mapping,
            handling=handling,
            is_replica=is_replica,
            choices=dict(choices or {}),
        ),
        along,
    )


def accept_file(
    principal: Principal,
    *,
    path: Path,
    source: str | None = None,
    format: str | None = None,  # noqa: A002
    mapping: CsvMapping | None = None,
    handling: Handling = OWN_ALONE,
) -> JobRow:
    """Queues the ingest of a file of this machine, which is read where it is: for the command line only."""
    principal.require(Permission.INGEST)
    _check_format(format)
    check_handling(principal, handling)
    if not path.is_file():
        raise BadInput(f"{path} is no file that can be read", remedy="Check the path.")
    return _enqueue(
        principal,
        IngestArguments(
            file=_clean_name(path.name),
            source=_clean_name(source or "") or _clean_name(path.name),
            received=_now(),
            path=str(path.resolve()),
            format=format,
            mapping=mapping,
            handling=handling,
        ),
    )


def open_input(arguments: IngestArguments) -> Input:
    """Raises `BadInput` when there is nothing to read, `Unavailable` when it cannot be had now."""
    if arguments.artifact:
        try:
            kept = get_artifact(arguments.artifact)
            return Input(open_artifact(kept.name), kept.size, kept.name)
        except NotFound:
            raise BadInput(
                f"The upload {arguments.file} is not kept any more", remedy="Send it again."
            ) from None
    path = _uploads() / arguments.upload if arguments.upload else Path(arguments.path)
    try:
        file = path.open("rb")
        status = path.stat()
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}") from None
    return Input(file, status.st_size, str(status.st_mtime_ns))


def discard_upload(arguments: IngestArguments) -> None:
    """Removes an upload whose objects are all in the store; a failed one is kept for the retry.

    Never a reason to fail: what the storage cannot remove now is swept later.
    """
    if arguments.upload:
        (_uploads() / arguments.upload).unlink(missing_ok=True)
    if arguments.artifact:
        try:
            discard_artifact(arguments.artifact)
        except Unavailable as error:
            _log.warning("an upload that is not needed any more stays for now: %s", error.detail)


def _enqueue(
    principal: Principal, arguments: IngestArguments, along: Callable[[JobRow], None] | None = None
) -> JobRow:
    if arguments.format in {None, "csv"}:
        mapping = settle_mapping(principal, source=arguments.source, mapping=arguments.mapping)
        arguments = msgspec.structs.replace(arguments, mapping=mapping)
    with in_transaction():
        job = enqueue(principal, kind="ingest", arguments=msgspec.to_builtins(arguments), unit="bytes")
        if arguments.artifact:
            assign_artifact(arguments.artifact, job_id=job.id)
        if along is not None:
            along(job)
        said = {
            "file": arguments.file,
            "source": arguments.source,
            "format": arguments.format,
            "handling": msgspec.to_builtins(arguments.handling),
        }
        record_act(Act("ingest.start", principal, object_kind="job", object_id=str(job.id), after=said))
    return job


def _now() -> str:
    return format_instant(now_us() // 1000 * 1000)


def _check_format(name: str | None) -> None:
    if name is not None:
        find_parser(name)


def _clean_name(text: str) -> str:
    """The last part of a path as a browser may send it, without control characters."""
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable()).strip()[:_LONGEST_NAME]


def _uploads() -> Path:
    return Path(settings.DATA) / "uploads"
