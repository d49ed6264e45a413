"""Outputs as lists and pages show them. Times are microseconds since the epoch, UTC."""

from collections.abc import Mapping
from dataclasses import dataclass

from stack.sharing.exporting.losses import Loss
from stack.sharing.exporting.records import Choice, ExportRequest


@dataclass(frozen=True, slots=True)
class OutputKeyRow:
    """A key of an output; `id` is that of the API key, which revokes it. `fetches` is a lower bound."""

    id: int
    name: str
    prefix: str
    owner: str
    networks: tuple[str, ...]
    tlp_ceiling: int
    created_at: int
    expires_at: int | None
    fetched_at: int | None
    last_used_from: str
    fetches: int


@dataclass(frozen=True, slots=True)
class LastRun:
    """What came out last for somebody of the output's organisation."""

    ran_at: int
    made_at: int
    size: int
    items: int
    entries: int
    left_out: tuple[tuple[str, int], ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRow:
    """An output. `path` is its address for Basic or Bearer; with a key in the path it is
    `/outputs/<uid>/<key>/<filename>`. `collection` is the title, empty where it is gone or may not be read.
    """

    id: int
    uid: str
    title: str
    description: str
    format: str
    format_title: str
    options: Mapping[str, str]
    query: str
    collection_id: int | None
    collection: str
    types: tuple[str, ...]
    minimum_confidence: int
    tlp_ceiling: int | None
    known_good: Choice
    invalid: Choice
    organisation_id: int
    created_at: int
    changed_at: int
    filename: str
    path: str
    keys: tuple[OutputKeyRow, ...]
    last_run: LastRun | None

    @property
    def fetched_at(self) -> int | None:
        return max((key.fetched_at for key in self.keys if key.fetched_at), default=None)

    @property
    def request(self) -> ExportRequest:
        """What it exports."""
        return ExportRequest(
            format=self.format,
            query=self.query,
            collection="" if self.collection_id is None else str(self.collection_id),
            types=self.types,
            options=self.options,
            minimum_confidence=self.minimum_confidence,
            tlp_ceiling=self.tlp_ceiling,
            known_good=self.known_good,
            invalid=self.invalid,
            title=self.title,
        )

    @property
    def fetches(self) -> int:
        return sum(key.fetches for key in self.keys)


@dataclass(frozen=True, slots=True)
class NewOutputKey:
    """A key just made: the only time that its text exists. `path` is the address with the key in it."""

    id: int
    key: str
    prefix: str
    path: str
