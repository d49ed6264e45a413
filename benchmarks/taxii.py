"""`make bench-taxii`: Stack beside OpenTAXII and medallion over HTTP, in one run and on one machine.

All servers get the same objects in the same envelopes from the same client. Figures are per second of CPU
time of all processes of a server, its database included, so that neither client nor number of cores counts.
STACK_BENCH_OBJECTS is the size of the large collection (a million), STACK_BENCH_TAXII the sections to run
("peers attack large").
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from urllib.parse import quote

from benchmarks.generate import generate_objects, write_bundle
from benchmarks.taxii_client import Client, measure, wait_idle
from benchmarks.taxii_servers import Server, empty_database, serve_medallion, serve_opentaxii, serve_stack

LARGE = int(os.environ.get("STACK_BENCH_OBJECTS") or 1_000_000)
OUTPUT = Path("build/bench-taxii.json")
_DATA = Path(os.environ.get("STACK_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_OBJECTS = 10_000
_FEW = 2_000
"""medallion copies its whole collection for each request, so that it is measured with few objects."""
_ENVELOPE = 1_000
_SMALL = 10
_ASKED = 200
_WARMING = 100
_CONNECTIONS = 4

Opened = Callable[[Path, str], AbstractContextManager[Server]]


@dataclass
class Results:
    """Figures by server and name, printed as they come."""

    rows: dict[str, dict[str, float]] = field(default_factory=dict)

    def add(self, server: Server, name: str, value: float, unit: str) -> None:
        self.rows.setdefault(name, {})[server.name] = value
        print(f"  {server.name:<26} {name:<44} {value:>12,.1f} {unit}", flush=True)

    def compare(self, name: str, ours: str, theirs: str, target: float) -> None:
        row = self.rows.get(name, {})
        if ours in row and row.get(theirs):
            ratio = row[ours] / row[theirs]
            said = "met" if ratio >= target else "missed"
            print(
                f"  {name:<44} {ours} / {theirs}: {ratio:,.1f}x   target {target:,.0f}x   {said}", flush=True
            )


_POST = f"POST, {_ENVELOPE:,} objects an envelope"
_POST_SMALL = f"POST, {_SMALL} objects an envelope"
_GET = "GET objects, limit 1,000"
_GET_FEW = f"GET objects, {_FEW:,} in the collection"
_MANIFEST = "GET manifest, limit 1,000"
_ONE = "GET one object"
_ATTACK = "POST, all of ATT&CK"


def main() -> int:
    chosen = (os.environ.get("STACK_BENCH_TAXII") or "peers attack large").split()
    results = Results()
    sections = {"peers": _compare_peers, "attack": _take_attack, "large": _page_large}
    for name in chosen:
        print(name, flush=True)
        sections[name](results)
    _report(results)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(results.rows, indent=1), encoding="utf-8")
    return 0


def _report(results: Results) -> None:
    print("ratios")
    ours, theirs = "Stack on PostgreSQL", "OpenTAXII on PostgreSQL"
    for name, target in ((_POST, 15), (_POST_SMALL, 15), (_GET, 8), (_MANIFEST, 5), (_ONE, 8), (_ATTACK, 15)):
        results.compare(name, ours, theirs, target)
    results.compare(_GET_FEW, ours, "medallion in memory", 500)
    for name in ("Stack on SQLite", "Stack on PostgreSQL"):
        row = results.rows
        if "first page of the large collection" in row and name in row["first page of the large collection"]:
            first = row["first page of the large collection"][name]
            last = row["last page of the large collection"][name]
            print(
                f"  {name}: last page in {last / first:.2f} times the first page's   target 1.20", flush=True
            )


def _open_servers() -> Iterator[tuple[Opened, bool]]:
    """Each way to start a server, and whether it takes many objects."""
    if os.environ.get("STACK_TEST_POSTGRES"):
        yield serve_stack, True
        yield serve_opentaxii, True
    else:
        print("  PostgreSQL is absent: no Stack on it, and no OpenTAXII (.ci/with-postgres starts one)")
    yield lambda folder, _: serve_stack(folder, ""), True
    yield lambda folder, _: serve_medallion(folder), False


@contextmanager
def _open(opened: Opened) -> Iterator[Client]:
    """A server in a folder and on a database of its own, which go with it. What any of them loads at its
    first requests is loaded, and what it does once at its start is done."""
    with (
        tempfile.TemporaryDirectory(prefix="stack-bench-taxii-") as name,
        empty_database() as address,
        opened(Path(name), address) as server,
        closing(Client(server)) as client,
    ):
        _post(client, _generate(_WARMING, seed=9), _SMALL)
        wait_idle(server)
        yield client


def _compare_peers(results: Results) -> None:
    print("  medallion on MongoDB: not measured, MongoDB is in no package registry here")
    texts = _generate(_OBJECTS + _FEW)
    for opened, takes_many in _open_servers():
        with _open(opened) as client:
            _measure_few(results, client, texts[:_FEW])
        if takes_many:
            with _open(opened) as client:
                _measure_many(results, client, texts)


def _measure_few(results: Results, client: Client, texts: Sequence[bytes]) -> None:
    _post(client, texts, _ENVELOPE)
    wait_idle(client.server)
    results.add(
        client.server, _GET_FEW, measure(client.server, lambda: _read(client, "objects", _FEW)), "objects/s"
    )


def _measure_many(results: Results, client: Client, texts: Sequence[bytes]) -> None:
    server = client.server
    small, large = texts[:_FEW], texts[_FEW:]
    posted = measure(server, lambda: _post(client, large, _ENVELOPE), cpu_s=0)
    results.add(server, _POST, posted, "objects/s")
    wait_idle(server)
    posted = measure(server, lambda: _post(client, small[: _FEW // 4], _SMALL), cpu_s=0)
    results.add(server, _POST_SMALL, posted, "objects/s")
    wait_idle(server)
    count = len(large) + _FEW // 4
    results.add(server, _GET, measure(server, lambda: _read(client, "objects", count)), "objects/s")
    results.add(server, _MANIFEST, measure(server, lambda: _read(client, "manifest", count)), "objects/s")
    ids = [json.loads(text)["id"] for text in Random(7).sample(large, _ASKED)]
    results.add(server, _ONE, measure(server, lambda: _read_each(client, ids)), "requests/s")


def _post(client: Client, texts: Sequence[bytes], size: int) -> int:
    done = client.post(texts, size)
    if done != len(texts):
        raise RuntimeError(f"{client.server.name} took {done} of {len(texts)} objects")
    return done


def _read(client: Client, what: str, expected: int) -> int:
    found = sum(page.body.count(b'"id":') for page in client.pages(f"{what}/?limit=1000"))
    if found < expected:
        raise RuntimeError(f"{client.server.name} gave {found} of {expected} objects")
    return expected


def _read_each(client: Client, ids: Sequence[str]) -> int:
    """Over four connections at once, so that what a server does all the time, such as looking for work, does
    not count for requests that wait for their turn."""
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        parts = [ids[start::_CONNECTIONS] for start in range(_CONNECTIONS)]
        return sum(pool.map(partial(_read_part, client.server), parts))


def _read_part(server: Server, ids: Sequence[str]) -> int:
    with closing(Client(server)) as client:
        for stix_id in ids:
            if stix_id.encode() not in client.get(f"objects/{stix_id}/").body:
                raise RuntimeError(f"{server.name} has no {stix_id}")
    return len(ids)


def _take_attack(results: Results) -> None:
    """What a user does first: all of ATT&CK. OpenTAXII gets a tenth of it, and only what has `modified`."""
    file = _DATA / "attack" / "enterprise-attack.json"
    if not file.exists():
        print(f"  no ATT&CK: {file} is absent (STACK_TEST_DATA)")
        return
    objects = json.loads(file.read_bytes())["objects"]
    for opened, takes_many in _open_servers():
        if takes_many:
            with _open(opened) as client:
                _take_objects(results, client, objects)


def _take_objects(results: Results, client: Client, objects: list[dict[str, object]]) -> None:
    is_theirs = "OpenTAXII" in client.server.name
    chosen = [item for item in objects if "modified" in item][::10] if is_theirs else objects
    texts = list({json.dumps(item, ensure_ascii=False).encode(): None for item in chosen})
    print(f"  {client.server.name}: {len(texts):,} objects", flush=True)
    rate = measure(client.server, lambda: _post(client, texts, _ENVELOPE), cpu_s=0)
    results.add(client.server, _ATTACK, rate, "objects/s")


def _page_large(results: Results) -> None:
    """The first and the last page of a large collection, which is filled by an ordinary ingest."""
    with _open(lambda folder, _: serve_stack(folder, "", query="*")) as client:
        _fill(client)
        starts = [page.last for page in client.pages("objects/?limit=1000")]
        print(f"  {len(starts):,} pages", flush=True)
        for what, path in (
            ("first", "objects/?limit=1000"),
            ("last", f"objects/?limit=1000&added_after={quote(starts[-3])}"),
        ):
            pages = measure(client.server, partial(_read_page, client, path), cpu_s=2)
            results.add(client.server, f"{what} page of the large collection", 1000 / pages, "ms")


def _read_page(client: Client, path: str) -> int:
    for _ in range(20):
        client.get(path)
    return 20


def _fill(client: Client) -> None:
    with tempfile.TemporaryDirectory(prefix="stack-bench-taxii-") as name:
        bundle = Path(name) / "bundle.json"
        write_bundle(bundle, LARGE)
        path = "/api/v1/ingest?source=benchmark&filename=b.json"
        status, _, body = client.ask("POST", path, bundle.read_bytes())
    if status >= 300:
        raise RuntimeError(f"the ingest was refused: {status} {body[:300]!r}")
    _wait_done(client, json.loads(body)["id"])
    client.post(_generate(1, seed=9), 1)  # complete once the collection has taken in all that came before
    wait_idle(client.server)


def _wait_done(client: Client, job: object) -> None:
    while (state := json.loads(client.ask("GET", f"/api/v1/jobs/{job}")[2])["state"]) != "done":
        if state not in {"queued", "running"}:
            raise RuntimeError(f"the ingest ended as {state}")
        time.sleep(1)


def _generate(count: int, *, seed: int = 3) -> list[bytes]:
    """Objects with `modified` only: OpenTAXII takes no others."""
    found: list[bytes] = []
    for text in generate_objects(count * 2 + 10, seed=seed):
        if b'"modified":' in text:
            found.append(text)
            if len(found) == count:
                break
    return found


if __name__ == "__main__":
    sys.exit(main())
