"""In, out and in again: what a test needs to send a file round."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import orjson

from stack.accounts.principal import Principal
from stack.ingest.base import Limits, Record
from stack.ingest.operations import accept_file
from stack.ingest.splitting import split_json
from stack.ingest.streams import ByteStream
from stack.jobs.models import JobState
from stack.jobs.operations import run_inline
from stack.jobs.queries import list_errors
from stack.jobs.records import JobRow
from stack.sharing.exporting.operations import export
from stack.sharing.exporting.records import ExportRequest


def take_in(principal: Principal, path: Path, **options: Any) -> JobRow:
    job = run_inline(accept_file(principal, path=path, **{"source": "round trip"} | options).id)
    assert job.state == JobState.DONE, job.error
    return job


def send_out(principal: Principal, format_name: str, path: Path, **asked: Any) -> list[str]:
    """Writes the export to a file; the account of what was left out and lost."""
    made = export(principal, ExportRequest(format=format_name, **asked))
    with path.open("wb") as file:
        file.writelines(made.pieces)
    return made.losses.describe()


def digest_texts(path: Path) -> dict[str, str]:
    """By STIX id the SHA-256 of the very bytes of each object of a file."""
    with path.open("rb") as file:
        items = list(split_json(ByteStream(file), Limits()))
    assert all(isinstance(item, Record) for item in items)
    return {_read_id(item.text): sha256(item.text).hexdigest() for item in items if isinstance(item, Record)}


def digest(texts: Iterable[bytes]) -> dict[str, str]:
    return {_read_id(text): sha256(text).hexdigest() for text in texts}


def list_losses(principal: Principal, job: JobRow) -> set[str]:
    """The paths of the properties that an ingest did not carry."""
    rows = list_errors(principal, job.id, limit=1000).rows
    return {row.path for row in rows if row.rule == "loss"}


def split_response(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a MISP file, whatever stands around them."""
    found = orjson.loads(path.read_bytes())
    found = found.get("response", found) if isinstance(found, dict) else found
    for entry in found if isinstance(found, list) else [found]:
        yield entry.get("Event", entry)


class _Head(msgspec.Struct):
    id: str


_HEAD = msgspec.json.Decoder(_Head)


def _read_id(text: bytes) -> str:
    return _HEAD.decode(text).id
