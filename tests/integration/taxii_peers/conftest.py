"""One run for all tests: writers post and ingest while every reader polls two collections."""

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.integration.taxii_peers.readers import READERS
from tests.services import report_absent
from tests.standards.taxii.door import Json, Shelf
from tests.standards.taxii.samples import ids_of, make_indicator
from tests.standards.taxii.stack_server import read_made, serve_folder
from tests.standards.taxii.target import Target

_WRITERS = 2
_ENVELOPES = 15
_OBJECTS = 20
_INGESTED = 200


@dataclass(frozen=True)
class Run:
    """What was written, by collection, and what each reader got of it, in the order in which it came."""

    expected: dict[str, set[str]]
    found: dict[tuple[str, str], list[str]]
    failures: dict[tuple[str, str], BaseException]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with _make_database(request.param) as database, serve_folder(database) as (_, server, made):
        yield _run(read_made(server.address, made))


def _run(target: Target) -> Run:
    assert target.live is not None
    over = threading.Event()
    shelves = {"posted": target.shelf, "live": target.live}
    with ThreadPoolExecutor(len(READERS) * 2 + _WRITERS + 1) as pool:
        reading = {
            (name, reader.name): pool.submit(reader.read, shelf, over.is_set)
            for name, shelf in shelves.items()
            for reader in READERS
        }
        try:
            posting = [pool.submit(_post_all, target.shelf, number) for number in range(_WRITERS)]
            ingesting = pool.submit(_ingest, target)
            posted = {stix_id for written in posting for stix_id in written.result(90)}
            ingested = ingesting.result(90)
            _wait_until_shown(target.live, posted | ingested)
        finally:
            over.set()
        failures = {key: error for key, each in reading.items() if (error := each.exception(90)) is not None}
    found = {key: each.result() for key, each in reading.items() if key not in failures}
    return Run({"posted": posted, "live": posted | ingested}, found, failures)


def _post_all(shelf: Shelf, number: int) -> set[str]:
    """Posts without waiting for one another, then waits for all of them."""
    statuses: list[Json] = []
    written: set[str] = set()
    for envelope in range(_ENVELOPES):
        objects = [make_indicator(f"{number} {envelope} {place}") for place in range(_OBJECTS)]
        answer = shelf.post(objects)
        assert answer.status == 202, answer.body[:300]
        statuses.append(answer.json)
        written.update(ids_of(objects))
        time.sleep(0.05)
    for status in statuses:
        assert shelf.wait(status, seconds=60)["success_count"] == _OBJECTS
    return written


def _ingest(target: Target) -> set[str]:
    """Through REST, so that another transaction commits between those of the posts."""
    objects = [make_indicator(f"ingested {number}") for number in range(_INGESTED)]
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()
    answer = target.door.send(
        "POST",
        "/api/v1/ingest",
        query={"source": "beside", "filename": "b.json"},
        headers={"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"},
        body=body,
    )
    assert answer.status in {200, 201, 202}, answer.body[:300]
    return set(ids_of(objects))


def _wait_until_shown(live: Shelf, wanted: set[str]) -> None:
    deadline = time.monotonic() + 60
    sample = sorted(wanted)[:: max(1, len(wanted) // 40)]
    while len(live.list_manifest({"match[id]": ",".join(sample)})) < len(sample):
        assert time.monotonic() < deadline, "the live collection does not take in what was written"
        time.sleep(0.1)
    time.sleep(0.5)


@contextmanager
def _make_database(kind: str) -> Iterator[str]:
    """The address of an empty database; empty for SQLite."""
    if kind == "sqlite":
        yield ""
        return
    server = os.environ.get("STACK_TEST_POSTGRES", "")
    if not server:
        report_absent("postgresql", "set STACK_TEST_POSTGRES")
    name = f"test_taxii_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
