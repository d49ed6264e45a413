"""Accepts inputs: an upload is kept in the data folder, a local file read where it is; each becomes a job."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec
from django.conf import settings

from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput
from stack.ingest.base import CsvMapping
from stack.ingest.formats import list_parsers
from stack.jobs.leases import in_transaction
from stack.jobs.operations import enqueue
from stack.jobs.records import JobRow
from stack.stix.timestamps import format_instant
from stack.store.marking import check_handling
from stack.store.records import OWN_ALONE, Handling

_LONGEST_NAME = 200


class IngestArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Arguments of the job. Of `upload` (a name in the data folder's `uploads`) and `path` one is given.

    `file` is the name that people know the input by, `received` the timestamp of the receipt.
    """

    file: str
    source: str
    received: str
    upload: str = ""
    path: str = ""
    format: str | None = None
    mapping: CsvMapping | None = None
    handling: Handling = OWN_ALONE


def accept_upload(
    principal: Principal,
    *,
    chunks: Iterable[bytes],
    filename: str,
    source: str | None = None,
    format: str | None = None,  # noqa: A002 - the word that users write
    mapping: CsvMapping | None = None,
    handling: Handling = OWN_ALONE,
) -> JobRow:
    """Keeps the bytes durably, then queues their ingest. Nothing of `filename` becomes part of a path.

    `source` is who says what the file says; without it, the file's name. Raises `BadInput` for an unknown
    format, a handling that cannot be, or more than the configured size.
    """
    principal.require(Permission.INGEST)
    _check_format(format)
    check_handling(principal, handling)
    name = _clean_name(filename) or "upload"
    upload = _keep_upload(chunks)
    return _enqueue(
        principal,
        IngestArguments(
            file=name,
            source=_clean_name(source or "") or name,
            received=_now(),
            upload=upload,
            format=format,
            mapping=mapping,
            handling=handling,
        ),
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


def locate_file(arguments: IngestArguments) -> Path:
    return _uploads() / arguments.upload if arguments.upload else Path(arguments.path)


def discard_upload(arguments: IngestArguments) -> None:
    """Removes an upload whose objects are all in the store; a failed one is kept for the retry."""
    if arguments.upload:
        locate_file(arguments).unlink(missing_ok=True)


def _enqueue(principal: Principal, arguments: IngestArguments) -> JobRow:
    with in_transaction():
        job = enqueue(principal, kind="ingest", arguments=msgspec.to_builtins(arguments), unit="bytes")
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
    if name is not None and name not in list_parsers():
        raise BadInput(f"There is no format {name!r}", remedy=f"Use one of: {', '.join(list_parsers())}.")


def _clean_name(text: str) -> str:
    """The last part of a path as a browser may send it, without control characters."""
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable()).strip()[:_LONGEST_NAME]


def _uploads() -> Path:
    return Path(settings.DATA) / "uploads"


def _keep_upload(chunks: Iterable[bytes]) -> str:
    """Writes the bytes to the disk itself before anybody is told that they are accepted.

    The name is their SHA-256 and a random part, so that each job owns its file.
    """
    folder = _uploads()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{secrets.token_hex(8)}.part"
    digest = hashlib.sha256()
    size = 0
    try:
        with temporary.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.UPLOAD_LIMIT_BYTES:
                    raise BadInput(
                        f"The upload is larger than {settings.UPLOAD_LIMIT_BYTES // 1_048_576:,} MB",
                        remedy="Compress it with gzip or zstd, or raise STACK_UPLOAD_LIMIT_MB.",
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        name = f"{digest.hexdigest()}-{secrets.token_hex(4)}"
        temporary.rename(folder / name)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return name
