"""The ledger of acknowledged writes, kept outside of Stack, and the statements that a load makes."""

import json
import os
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid5

_SPACE = UUID("6a9b1f5e-90d5-4ad9-9f0b-6ab1a86a7a55")
_STARTS_AT = 1_700_000_000
_TAKEN_UP_AGAIN = 0.15
HIDDEN = "hidden"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement: the STIX id, its modification time (seconds) and the exact text."""

    stix_id: str
    modified: int
    text: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.text).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one acknowledgement promises: the job, and the (id, modified, SHA-256) of each statement of it."""

    job: int
    statements: tuple[tuple[str, int, str], ...]


class Ledger:
    """An entry is written, to the disk itself, only after Stack has acknowledged it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.touch()

    def write(self, job: int, statements: Sequence[Stated]) -> None:
        line = json.dumps([job, [(each.stix_id, each.modified, each.sha256) for each in statements]])
        with self._lock, self._path.open("a", encoding="ascii") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Entry]:
        lines = self._path.read_text(encoding="ascii").splitlines()
        rows = [json.loads(line) for line in lines]
        return [Entry(job, tuple((each[0], each[1], each[2]) for each in stated)) for job, stated in rows]


class Author:
    """Makes statements that nobody has made before: new objects, newer versions, relationships."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._random = random.Random(name)
        self._number = 0
        self._known: list[tuple[str, str]] = []

    def make(self, count: int, *, visibility: str = OPEN) -> list[Stated]:
        return list(self._make(count, visibility))

    def _make(self, count: int, visibility: str) -> Iterator[Stated]:
        taken: set[str] = set()
        for _ in range(count):
            self._number += 1
            again = [each for each in self._known[-500:] if each[1] == visibility and each[0] not in taken]
            if again and self._random.random() < _TAKEN_UP_AGAIN:
                stix_id = self._random.choice(again)[0]
            else:
                kind = "relationship" if len(again) > 2 and self._random.random() < 0.2 else "malware"
                stix_id = f"{kind}--{uuid5(_SPACE, f'{self._name} {self._number}')}"
                self._known.append((stix_id, visibility))
            taken.add(stix_id)
            yield self._state(stix_id, visibility, [each[0] for each in again])

    def _state(self, stix_id: str, visibility: str, others: Sequence[str]) -> Stated:
        modified = _STARTS_AT + self._number
        kind = stix_id.partition("--")[0]
        said: dict[str, object] = {
            "type": kind,
            "spec_version": "2.1",
            "id": stix_id,
            "created": "2020-01-01T00:00:00.000Z",
            "modified": _write_time(modified),
        }
        if kind == "relationship":
            ends = [each for each in others if each.startswith("malware")] or [
                f"malware--{uuid5(_SPACE, 'x')}"
            ]
            said |= {"relationship_type": "related-to", "source_ref": ends[0], "target_ref": ends[-1]}
        else:
            said |= {"name": f"{visibility} {self._name} {self._number}", "is_family": False}
        said |= {"description": f"statement {self._number} of {self._name}, {visibility}"}
        return Stated(stix_id, modified, json.dumps(said).encode())


def write_bundle(statements: Sequence[Stated]) -> bytes:
    """The statements' exact bytes in a bundle."""
    bundle_id = uuid5(_SPACE, " ".join(each.sha256 for each in statements))
    head = b'{"type":"bundle","id":"bundle--%s","objects":[' % str(bundle_id).encode()
    return head + b",\n".join(each.text for each in statements) + b"]}"


def _write_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
