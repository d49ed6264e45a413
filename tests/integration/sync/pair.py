"""Two installations of Stack as real processes, which replicate each other through networks that can fail."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.installation import Installation
from tests.integration.sync.proxy import Proxy, open_proxy

Said = tuple[str, str, bytes]
"""An object as TAXII knows it, and its text: STIX id, `modified` (empty: none), SHA-256."""


class _Envelope(msgspec.Struct):
    objects: list[msgspec.Raw] = []
    next: str = ""


@dataclass
class Side:
    """One of the two. `way` leads to the other one."""

    name: str
    stack: Installation
    collection: str = ""
    reader: str = ""
    peer: int = 0
    links: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Until it answers: the process may have been killed a moment ago."""
        deadline = time.monotonic() + 60
        while True:
            status, text = self._send(method, f"/api/v1{path}", body)
            if 200 <= status < 300:
                return json.loads(text) if text else None
            assert status in {0, 502, 503}, (status, text)
            assert time.monotonic() < deadline, f"{self.name} does not answer"
            time.sleep(0.1)

    def _send(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.stack.ports["web"], timeout=15)
        is_json = isinstance(body, dict)
        headers = {
            "Authorization": f"Bearer {self.stack.loader_key}",
            "Content-Type": "application/json" if is_json else "application/octet-stream",
        }
        try:
            connection.request(method, path, json.dumps(body).encode() if is_json else body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()

    def state(self, *objects: dict[str, Any]) -> None:
        """As a member of this side; returns when it is in the store."""
        bundle = {"type": "bundle", "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d", "objects": objects}
        job = self.ask("POST", "/ingest?filename=lab.json&source=lab", json.dumps(bundle).encode())
        self.wait_for_jobs([job["id"]])

    def wait_for_jobs(self, jobs: list[int]) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 90
        ended: dict[int, dict[str, Any]] = {}
        while len(ended) < len(jobs):
            assert time.monotonic() < deadline, f"{self.name}: the jobs {jobs} do not end"
            for job_id in set(jobs) - ended.keys():
                row = self.ask("GET", f"/jobs/{job_id}")
                if row["state"] in {"done", "failed", "dead", "cancelled"}:
                    ended[job_id] = row
            time.sleep(0.05)
        return [ended[job_id] for job_id in jobs]

    def sync(self) -> int:
        """One round, with what it hands over; how many objects that was. A failed run moves what it moved."""
        jobs = self.wait_for_jobs(self.ask("POST", f"/peers/{self.peer}/sync")["jobs"])
        handed = sum(int(job["result"].get("objects", 0)) for job in jobs if job["state"] == "done")
        self.wait_for_jobs([job for each in jobs for job in each["result"].get("jobs", [])])
        self.wait_for_ingests()
        return handed

    def wait_for_ingests(self) -> None:
        deadline = time.monotonic() + 90
        for state in ("queued", "running"):
            while self.ask("GET", f"/jobs?kind=ingest&state={state}")["items"]:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def read(self, version: str) -> set[Said]:
        """What the collection shows over TAXII."""
        found: set[Said] = set()
        token = ""
        while True:
            path = f"/taxii2/org-1/collections/{self.collection}/objects/?limit=1000&match[version]={version}"
            status, text = self.stack.ask(
                "web", "GET", path + (f"&next={token}" if token else ""), key=self.reader
            )
            assert status == 200, (status, text)
            page = msgspec.json.decode(text, type=_Envelope)
            for raw in page.objects:
                obj = json.loads(bytes(raw))
                found.add((obj["id"], obj.get("modified", ""), sha256(bytes(raw)).digest()))
            token = page.next
            if not token:
                return found

    def count_statements(self, stix_id: str) -> list[str]:
        """The SHA-256 of each statement of an object."""
        return [row["sha256"] for row in self.ask("GET", f"/objects/{stix_id}/versions")["items"]]

    def describe_link(self) -> dict[str, Any]:
        [link] = self.ask("GET", f"/peers/{self.peer}")["links"]
        return dict(link)


@dataclass
class Pair:
    """`ways[0]` is how the first reaches the second."""

    sides: tuple[Side, Side]
    ways: tuple[Proxy, Proxy]

    def converge(self, *, rounds: int = 12) -> int:
        """Heals everything, and syncs until both show the same; in how many rounds."""
        for side, way in zip(self.sides, self.ways, strict=True):
            way.heal()
            side.stack.wait_ready()
        for turn in range(1, rounds + 1):
            moved = [side.sync() for side in self.sides]
            self.wait_for_collections()
            if not any(moved) and self.sides[0].read("all") == self.sides[1].read("all"):
                return turn
        first, second = (side.read("all") for side in self.sides)
        raise AssertionError(f"after {rounds} rounds they differ by {first ^ second}")

    def wait_for_collections(self) -> None:
        """The collector follows within a moment; nothing tells from outside that it has."""
        time.sleep(0.5)


@contextmanager
def open_pair(folder: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        sides = []
        for name in ("east", "west"):
            (folder / name).mkdir()
            settings = {"STACK_HTTP_ALLOW": "127.0.0.0/8", "STACK_LIMITS": "off"}
            installation = Installation(folder / name, roles=("web", "runner"), settings=settings)
            stack.enter_context(installation)
            sides.append(Side(name, installation))
        ways = tuple(stack.enter_context(open_proxy(other.stack.ports["web"])) for other in reversed(sides))
        for side in sides:
            side.collection = side.ask("POST", "/collections", {"title": "All", "query": "*"})["uid"]
            key = side.stack.run("key", "create", "peer", "--scope", "read", "--scope", "export", "--json")
            side.reader = key["key"]
        for side, other, way in zip(sides, reversed(sides), ways, strict=True):
            peer = {
                "name": other.name,
                "url": f"http://127.0.0.1:{way.port}/taxii2/org-1/",
                "mode": "replicating",
                "token": other.reader,
            }
            side.peer = side.ask("POST", "/peers", peer)["id"]
            # Only when the test says so: the interval is longer than it lasts.
            link = {"collection": other.collection, "title": "All", "every_s": 86_400}
            side.ask("POST", f"/peers/{side.peer}/links", link)
        yield Pair((sides[0], sides[1]), (ways[0], ways[1]))
