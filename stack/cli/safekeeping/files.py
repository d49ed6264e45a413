"""What an installation keeps outside its database, as an archive takes it and gives it back.

Artifacts travel as their sealed bytes. Uploads are files that a Stack before the artifacts kept for its jobs.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from stack.audit.checkpoints import write_line
from stack.audit.records import Checkpoint
from stack.cli.safekeeping.archive import ArchiveWriter
from stack.cli.safekeeping.engines.base import Snapshot
from stack.cli.safekeeping.manifest import FileRecord
from stack.core.errors import NotFound

ARTIFACT: Final = "artifact"
UPLOAD: Final = "upload"
CHECKPOINTS: Final = "checkpoints"
CHECKPOINT_FILE: Final = "audit-checkpoints.jsonl"
_CHUNK: Final = 1_048_576
# Every other job may go on from its input, if need be by hand.
_UPLOADS: Final = "SELECT arguments FROM jobs_job WHERE state <> 'done'"
# What no job needs is about to be swept.
_ARTIFACTS: Final = """
SELECT a.name FROM store_artifact a JOIN jobs_job j ON j.id = a.job_id
WHERE a.size IS NOT NULL AND a.sealed_key <> '' AND j.state <> 'done' ORDER BY a.name
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that rows of the snapshot refer to."""

    kind: str
    name: str


def list_wanted(snapshot: Snapshot, *, has_artifacts: bool) -> list[Wanted]:
    """What jobs of the snapshot may yet read."""
    found = [Wanted(UPLOAD, name) for name in _list_uploads(snapshot)]
    if has_artifacts:
        found += [Wanted(ARTIFACT, str(name)) for (name,) in snapshot.read(_ARTIFACTS)]
    return found


def _list_uploads(snapshot: Snapshot) -> Iterator[str]:
    for (arguments,) in snapshot.read(_UPLOADS):
        read = json.loads(arguments) if isinstance(arguments, str) else arguments
        name = read.get("upload", "") if isinstance(read, dict) else ""
        if name and "/" not in name and not name.startswith("."):
            yield name


def copy_file(wanted: Wanted, *, data: Path, writer: ArchiveWriter, path: str) -> FileRecord | None:
    """Puts the file into the archive; None where it is gone, and then what was written of it counts not."""
    try:
        size, digest = writer.add(path, _read_file(wanted, data))
    except (FileNotFoundError, NotFound):
        return None
    return FileRecord(path, wanted.kind, wanted.name, size, digest)


def _read_file(wanted: Wanted, data: Path) -> Iterator[bytes]:
    if wanted.kind == ARTIFACT:
        from stack.store.artifacts.queries import read_sealed

        yield from read_sealed(wanted.name)
        return
    with (data / "uploads" / wanted.name).open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def read_checkpoints_until(path: Path, last: int) -> Iterator[bytes]:
    """The lines of the checkpoints of entries up to `last`: the snapshot knows nothing of later ones."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            checkpoint = msgspec.json.decode(line, type=Checkpoint)
            if checkpoint.sequence <= last:
                yield write_line(checkpoint)
