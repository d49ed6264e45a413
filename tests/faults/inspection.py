"""Compares an installation with its ledger: everything acknowledged is there, equal, and once."""

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg

from tests.faults.installation import LEASE_S, Installation, wait_for
from tests.faults.ledger import Entry, Ledger

_SETTLED_S = 180.0


def inspect_installation(installation: Installation, ledger: Ledger) -> int:
    """Waits until all work is done, then asserts that nothing is lost, doubled, changed or stuck.

    The number of statements that the ledger promised.
    """
    wait_for(lambda: _count_open_jobs(installation) == 0, seconds=_SETTLED_S, every=0.5)
    entries = ledger.read()
    _check_jobs(installation, entries)
    _check_statements(installation, entries)
    _check_index(installation)
    return sum(len(entry.statements) for entry in entries)


def ask_database(installation: Installation, sql: str) -> list[tuple[Any, ...]]:
    """Past all of Stack's code, so that it cannot flatter itself."""
    address = installation.environment.get("STACK_DATABASE", "")
    if address:
        with psycopg.connect(address, autocommit=True) as connection:
            return list(connection.execute(sql.encode()))
    path = f"file:{installation.environment['STACK_DATA']}/stack.sqlite3?mode=ro"
    own = sqlite3.connect(path, uri=True, timeout=30)
    try:
        return own.execute(sql).fetchall()
    finally:
        own.close()


def _count_open_jobs(installation: Installation) -> int:
    """Those that wait or run; one that runs past its lease and that nobody takes over is stuck."""
    late = int((time.time() - LEASE_S - 60) * 1e6)
    stuck = ask_database(
        installation, f"SELECT id, worker FROM jobs_job WHERE state = 'running' AND lease_until < {late}"
    )
    assert not stuck, f"jobs that nobody took over: {stuck}"
    [(count,)] = ask_database(
        installation, "SELECT COUNT(*) FROM jobs_job WHERE state IN ('queued', 'running')"
    )
    return int(count)


def _check_jobs(installation: Installation, entries: Sequence[Entry]) -> None:
    states = dict(ask_database(installation, "SELECT id, state FROM jobs_job"))
    ended_badly = {entry.job: states.get(entry.job) for entry in entries if states.get(entry.job) != "done"}
    if ended_badly:
        jobs = ",".join(map(str, ended_badly))
        said = ask_database(installation, f"SELECT id, attempts, error FROM jobs_job WHERE id IN ({jobs})")
        raise AssertionError(f"acknowledged jobs that are not done: {ended_badly}; {said}")


def _check_statements(installation: Installation, entries: Sequence[Entry]) -> None:
    rows = ask_database(
        installation,
        "SELECT o.type, o.uuid, v.sha256, v.times_received, t.body FROM store_version v "
        "JOIN store_object o ON o.id = v.object_id JOIN store_text t ON t.id = v.id WHERE v.redacted = 0",
    )
    stored: Counter[tuple[str, str]] = Counter()
    for kind, uuid, digest, times, body in rows:
        name = f"{kind}--{UUID(bytes=bytes(uuid))}"
        assert sha256(_as_bytes(body)).digest() == bytes(digest), f"{name}: the text is not the one that came"
        stored[name, bytes(digest).hex()] += times
    promised = {(stix_id, digest) for entry in entries for stix_id, _, digest in entry.statements}
    lost = [each for each in promised if not stored[each]]
    assert not lost, f"{len(lost)} of {len(promised)} acknowledged statements are lost: {lost[:5]}"
    doubled = [each for each, times in stored.items() if times != 1]
    assert not doubled, f"{len(doubled)} statements were taken in more than once: {doubled[:5]}"
    _check_heads(installation, entries)


def _check_heads(installation: Installation, entries: Sequence[Entry]) -> None:
    """Every object shows its newest acknowledged statement, or a newer one that was not acknowledged."""
    newest: dict[str, int] = {}
    for entry in entries:
        for stix_id, modified, _ in entry.statements:
            newest[stix_id] = max(modified, newest.get(stix_id, 0))
    shown: dict[str, int] = {}
    for kind, uuid, modified in ask_database(
        installation, "SELECT type, uuid, modified FROM store_object WHERE head IS NOT NULL"
    ):
        name = f"{kind}--{UUID(bytes=bytes(uuid))}"
        assert name not in shown, f"{name} has two faces for one audience"
        shown[name] = modified // 1_000_000
    old = [each for each, modified in newest.items() if shown.get(each, 0) < modified]
    assert not old, f"{len(old)} objects show an older statement than was acknowledged: {old[:5]}"


def _check_index(installation: Installation) -> None:
    def agrees() -> bool:
        said = installation.run("search", "verify", "--json", codes=(0, 1, 3, 5))
        last.update(said)
        return not any(said[name] for name in ("missing", "extra", "stale", "pending"))

    last: dict[str, Any] = {}
    try:
        wait_for(agrees, seconds=_SETTLED_S, every=1.0)
    except AssertionError:
        raise AssertionError(f"index and store differ: {last}") from None


def _as_bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[call-overload]
