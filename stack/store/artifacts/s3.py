"""Sealed files in a bucket of any storage that speaks S3, through obstore.

A name is random and written once, so that a PUT needs no condition; S3 shows an object whole or not at all. A
file above the size of a part goes as a multipart upload, which ends with an abort when the client goes away.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from stack.core.errors import NotFound, Unavailable
from stack.store.artifacts.probing import probe_bucket
from stack.store.artifacts.records import ArtifactCheck, ArtifactSettings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Store

_log = logging.getLogger(__name__)
_PART_BYTES = 8 * 1_048_576
# S3 takes 10,000 parts; some are kept in reserve for what a limit does not count.
_MOST_PARTS = 9_000
_PARTS_AT_ONCE = 2
_WAIT_S = 20
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")


class S3Storage:
    """At most four parts of an upload are in memory at a time."""

    read_ahead = 4 * 1_048_576

    def __init__(self, settings: ArtifactSettings) -> None:
        self._settings = settings

    def put(self, name: str, pieces: Iterable[bytes], *, limit_bytes: int) -> None:
        import obstore

        part = max(_PART_BYTES, -(-limit_bytes // _MOST_PARTS))
        rest = iter(pieces)
        held: list[bytes] = []
        for piece in rest:
            held.append(piece)
            if sum(map(len, held)) > part:
                break
        else:
            with self._reporting("write"):
                obstore.put(self._store, _locate(name), b"".join(held), use_multipart=False)
            return
        with self._reporting("write"):
            obstore.put(
                self._store,
                _locate(name),
                chain(held, rest),
                use_multipart=True,
                chunk_size=part,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def measure(self, name: str) -> int:
        import obstore

        with self._reporting("read"):
            return obstore.head(self._store, _locate(name))["size"]

    def read(self, name: str, start: int, length: int) -> bytes:
        import obstore

        with self._reporting("read"):
            return bytes(obstore.get_range(self._store, _locate(name), start=start, length=length))

    def remove(self, name: str) -> None:
        import obstore

        with self._reporting("write"):
            obstore.delete(self._store, _locate(name))

    def check(self) -> ArtifactCheck:
        problem = probe_bucket(self._settings)
        return ArtifactCheck("s3", is_reachable=not problem, detail=problem)

    @property
    def _store(self) -> "S3Store":
        return _open_store(self._settings)

    @contextmanager
    def _reporting(self, what: str) -> Iterator[None]:
        """What goes wrong stands in the log; people are told no addresses."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            if what == "write" or "NoSuchBucket" in str(error):
                raise _refuse(what, error) from None
            raise NotFound("A stored file is not in the bucket") from None
        except BaseError as error:
            raise _refuse(what, error) from None


def _locate(name: str) -> str:
    return f"{name[:2]}/{name[2:]}"


def _refuse(what: str, error: Exception) -> Unavailable:
    text = str(error)
    said = _CODE.search(text) or _STATUS.search(text)
    _log.warning("the storage of artifacts failed to %s: %s", what, text.partition("\n")[0])
    return Unavailable(
        f"The storage of files answered {said[1]}" if said else "The storage of files does not answer",
        remedy="Try again later. “stack doctor” says whether the bucket can be reached with the keys set.",
    )


def _open_store(settings: ArtifactSettings) -> "S3Store":
    # The threads of obstore do not survive a fork: without this, the child would wait for them for ever.
    if _find_process() != os.getpid():
        raise Unavailable(
            "This process was forked from one that had opened the storage of files", remedy="Start it anew."
        )
    return _make_store(settings)


@cache
def _find_process() -> int:
    """The process that opened the storage first."""
    return os.getpid()


@cache
def _make_store(settings: ArtifactSettings) -> "S3Store":
    from obstore.store import S3Store

    # A DELETE each, which every storage knows, unlike the one for many.
    config: S3Config = {"region": settings.region or "us-east-1", "disable_bulk_delete": True}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.access_key:
        config["access_key_id"] = settings.access_key
        config["secret_access_key"] = settings.secret_key
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        config=config,
        client_options=_configure_client(settings),
        retry_config=_configure_retries(),
    )


def _configure_client(settings: ArtifactSettings) -> "ClientConfig":
    wait = timedelta(seconds=_WAIT_S)
    found: ClientConfig = {
        "connect_timeout": min(wait, timedelta(seconds=3)),
        "timeout": wait,
        "allow_http": settings.allows_http,
        "user_agent": "stack",
    }
    if settings.authority:
        found["root_certificate"] = settings.authority
    return found


def _configure_retries() -> "RetryConfig":
    """An upload that cannot go on is refused after half a minute at most, within a job's lease."""
    return {
        "max_retries": 3,
        "retry_timeout": timedelta(seconds=_WAIT_S / 2),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=2),
            "base": 2,
        },
    }
