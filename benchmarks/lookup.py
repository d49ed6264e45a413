"""Look-ups at a million objects: one by one over HTTP against a running `stack serve`, and in bulk."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from random import Random
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec

from benchmarks.figures import Figure
from benchmarks.filled_store import COUNT, fill_store, name_count
from benchmarks.search_candidates import read_rows
from stack.accounts.operations import create_key
from stack.accounts.principal import Principal
from stack.search.lookup import look_up
from stack.store.models import Key
from stack.store.operations import ensure_source, write_statements
from stack.store.statements import describe_statement

_NAMESPACE = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1 section 2.9, deterministic ids
_BULK = 10_000
_NETWORKS = 2_000
_SCANNED = 100
_HTTP_GOAL = 800.0
_SINGLE = 500
_START_S = 60


def run() -> list[Figure]:
    principal = fill_store().principal
    values = choose_values()
    return [
        *_measure_bulk(principal, values),
        _measure_single(principal, values),
        _measure_http(principal, values),
        _measure_networks(principal),
    ]


def choose_values() -> list[str]:
    """Half of them known, half unknown, in the mix of kinds that the objects have."""
    random = Random(3)
    step = max(1, COUNT // 20_000)
    known = [row.value for row in read_rows(COUNT) if row.value and row.id % step == 0]
    values = random.sample(known, min(_BULK // 2, len(known)))
    values += [f"{value[:-1]}{'0' if value[-1] != '0' else '1'}" for value in values]
    random.shuffle(values)
    return values


def _measure_bulk(principal: Principal, values: list[str]) -> Iterator[Figure]:
    look_up(principal, values[:100])
    start = time.perf_counter()
    answers = look_up(principal, values)
    took = time.perf_counter() - start
    known = sum(answer.known for answer in answers)
    if not len(values) // 3 < known <= len(values):
        raise RuntimeError(f"{known} of {len(values)} values are known; about half should be")
    baseline = _measure_orm(values[:_SINGLE])
    rate = len(values) / took
    name = f"look-up: {len(values):,} values at once, {name_count()}"
    yield Figure(name, rate, "values/s", "Django ORM, one by one", baseline, rate / baseline)


def _measure_orm(values: list[str]) -> float:
    start = time.perf_counter()
    for value in values:
        list(Key.objects.filter(value=value)[:50])
    return len(values) / (time.perf_counter() - start)


def _measure_single(principal: Principal, values: list[str]) -> Figure:
    took = []
    for value in values[:_SINGLE]:
        start = time.perf_counter()
        look_up(principal, [value])
        took.append((time.perf_counter() - start) * 1000)
    p95 = statistics.quantiles(took, n=20)[18]
    return Figure("look-up: one value in the service, p95", p95, "ms", "goal", 1.0, 1.0 / p95)


def _measure_http(principal: Principal, values: list[str]) -> Figure:
    key = create_key(principal, name="benchmark").key
    headers = {"Authorization": f"Bearer {key}"}
    with _serving() as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        start = time.perf_counter()
        for value in values[:_SINGLE]:
            connection.request("GET", f"/api/v1/lookup?value={quote(value, safe='')}", headers=headers)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {body[:200]!r}")
        rate = _SINGLE / (time.perf_counter() - start)
        connection.close()
    name = "look-up: one by one over HTTP, one connection"
    return Figure(name, rate, "look-ups/s", "goal", _HTTP_GOAL, rate / _HTTP_GOAL)


def _measure_networks(principal: Principal) -> Figure:
    """Addresses only, in a store that has networks of 17 sizes; last, because it adds them."""
    random = Random(4)
    source = ensure_source(principal, name="generated networks")
    networks = [_write_network(random) for _ in range(_NETWORKS)]
    statements = [describe_statement(msgspec.json.encode(obj), obj) for obj in networks]
    write_statements(principal, statements=statements, source_id=source.id)
    addresses = [str(IPv4Address(random.getrandbits(32))) for _ in range(_BULK)]
    start = time.perf_counter()
    answers = look_up(principal, addresses)
    rate = _BULK / (time.perf_counter() - start)
    inside = sum(bool(answer.networks) for answer in answers[:_SCANNED])
    parsed = [IPv4Network(obj["value"]) for obj in networks]
    start = time.perf_counter()
    expected = sum(
        any(address in network for network in parsed) for address in map(IPv4Address, addresses[:_SCANNED])
    )
    baseline = _SCANNED / (time.perf_counter() - start)
    if inside != expected:
        raise RuntimeError(f"{inside} of {_SCANNED} addresses are in a network; {expected} should be")
    name = f"look-up: {_BULK:,} addresses among {_NETWORKS:,} networks"
    return Figure(name, rate, "values/s", "ipaddress, one by one", baseline, rate / baseline)


def _write_network(random: Random) -> dict[str, str]:
    value = str(IPv4Network((random.getrandbits(32), random.randint(12, 28)), strict=False))
    name = json.dumps({"value": value}, separators=(",", ":"))
    stix_id = f"ipv4-addr--{uuid5(_NAMESPACE, name)}"
    return {"type": "ipv4-addr", "spec_version": "2.1", "id": stix_id, "value": value}


@contextmanager
def _serving() -> Iterator[int]:
    """`stack serve` on a free port, on the same data folder, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [str(Path(sys.executable).with_name("stack")), "serve", "--no-open", "--port", str(port)]
    with subprocess.Popen(
        command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_until_ready(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def _wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("stack serve did not become ready")
