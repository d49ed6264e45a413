"""Any MISP feed: a manifest, and beside it one file for each event.

Format: https://www.misp-standard.org/rfc/misp-standard-core.html (`manifest.json` and `UUID.json`).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import orjson

from stack.core.errors import BadInput
from stack.core.plugin_options import Credential, Option, Place
from stack.sources.feeds.base import HAS_MORE, HOUR_S, FeedPlugin, Piece, Visit

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PIECE_BYTES = 16 * 1024 * 1024


class Feed(FeedPlugin):
    """Events of a MISP feed, by its folder; only those that are new or have changed are fetched."""

    name = "misp"
    title = "MISP feed"
    page = "https://www.misp-project.org/feeds/"
    terms = "Those of whoever publishes it."
    format = "misp"
    every_s = 6 * HOUR_S
    reliability = 3
    tlp = "amber"
    is_document = True
    credentials = (
        Credential("key", "Key of a MISP server", Place.HEADER, "Authorization", is_needed=False),
        Credential("user", "User name", Place.USER, is_needed=False),
        Credential("password", "Password", Place.PASSWORD, is_needed=False),
    )
    options = (Option("events", "Events a visit, at most; the newest first, the rest a minute later", "500"),)
    example = (
        b'{"3d0b2e5e-5f0c-4b5c-9a55-0c6a4fb3d0aa":{"info":"Example","date":"2026-01-31","timestamp":"1769846400",'
        b'"analysis":"2","threat_level_id":"3","Orgc":{"name":"Example"},"Tag":[]}}'
    )

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        """Several events a piece. What is left waits for the next visit, whether the manifest has changed
        until then or not."""
        base = visit.choices["url"].removesuffix("manifest.json").rstrip("/")
        read: dict[str, str] = dict(visit.memory.get("events") or {})
        manifest = visit.get(f"{base}/manifest.json")
        if manifest is not None:
            with manifest.file:
                visit.memory["waiting"] = _list_events(manifest.file)
        waiting = {
            uuid: stamp
            for uuid, stamp in dict(visit.memory.get("waiting") or {}).items()
            if read.get(uuid) != stamp
        }
        newest = sorted(waiting, key=lambda uuid: (waiting[uuid], uuid), reverse=True)[
            : _read_most(visit.choices)
        ]
        with closing(_Joined()) as events:
            for uuid in newest:
                if not visit.has_time():
                    break
                event = visit.get(f"{base}/{uuid}.json")
                read[uuid] = waiting.pop(uuid)
                if event is None:
                    continue
                with event.file:
                    events.add(event.file.read())
                if events.size > _PIECE_BYTES:
                    yield events.take()
            if events.size:
                yield events.take()
        visit.memory |= {"events": read, "waiting": waiting, HAS_MORE: bool(waiting)}


class _Joined:
    """Events one after the other in one list."""

    def __init__(self) -> None:
        self.size = 0
        self._file: BinaryIO | None = None

    def add(self, event: bytes) -> None:
        if self._file is None:
            self._file = cast("BinaryIO", SpooledTemporaryFile(max_size=_PIECE_BYTES // 4))  # noqa: SIM115
        self.size += self._file.write((b"," if self.size else b"[") + event.strip())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def take(self) -> Piece:
        file = self._file
        if file is None:
            raise ValueError("there are no events to take")
        size = self.size + file.write(b"]")
        file.seek(0)
        self.size, self._file = 0, None
        return Piece(file, size, "events.json")


def _list_events(file: BinaryIO) -> dict[str, str]:
    """The manifest: by the UUID of each event, when it changed last, in seconds."""
    try:
        manifest: Any = orjson.loads(file.read())
    except orjson.JSONDecodeError:
        manifest = None
    if not isinstance(manifest, dict):
        raise BadInput(
            "There is no manifest of a MISP feed at this address",
            remedy="Give the folder in which manifest.json stands.",
        )
    return {
        uuid: str(event.get("timestamp") or "")
        for uuid, event in manifest.items()
        if _UUID.fullmatch(uuid) and isinstance(event, dict)
    }


def _read_most(choices: Mapping[str, str]) -> int:
    text = choices["events"]
    return int(text) if text.isdecimal() and 0 < int(text) <= 100_000 else 500
