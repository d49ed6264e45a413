"""The client of `benchmarks.taxii`: one kept connection, no parsing but of what it must know."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from benchmarks.taxii_servers import Server

_TAXII = "application/taxii+json;version=2.1"
_PATIENCE_S = 600.0
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    last: str

    @property
    def next(self) -> str:
        """What asks for the next page; empty on the last one. Some servers give no `next` for a manifest."""
        found = json.loads(self.body)
        if not found.get("more"):
            return ""
        return f"&next={quote(found['next'])}" if "next" in found else f"&added_after={quote(self.last)}"


class Client:
    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_S)
        self._headers = {"Accept": _TAXII, **server.headers}

    def get(self, path: str) -> Page:
        """A path below the collection."""
        status, headers, body = self.ask("GET", self.server.path + path)
        if status != 200:
            raise RuntimeError(f"{self.server.name} GET {path}: {status} {body[:300]!r}")
        return Page(body, headers.get("x-taxii-date-added-last", ""))

    def post(self, texts: Sequence[bytes], size: int) -> int:
        """Posts envelopes of up to `size` objects, then waits until each status is complete; how many objects
        succeeded."""
        statuses = [self._send(texts[start : start + size]) for start in range(0, len(texts), size)]
        return sum(self._wait(status)["success_count"] for status in statuses)

    def _send(self, texts: Sequence[bytes]) -> dict[str, Any]:
        envelope = b'{"objects":[' + b",".join(texts) + b"]}"
        status, _, body = self.ask("POST", f"{self.server.path}objects/", envelope)
        if status != 202:
            raise RuntimeError(f"{self.server.name} POST: {status} {body[:300]!r}")
        found: dict[str, Any] = json.loads(body)
        return found

    def _wait(self, status: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while status["status"] != "complete":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.server.name}: a status stays pending")
            time.sleep(_POLL_S)
            _, _, body = self.ask("GET", f"{self.server.root}status/{status['id']}/")
            status = json.loads(body)
        return status

    def pages(self, path: str) -> Iterator[Page]:
        """All pages of a path with a query, by `next`."""
        page = self.get(path)
        yield page
        while place := page.next:
            page = self.get(path + place)
            yield page

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Mapping[str, str], bytes]:
        headers = self._headers if body is None else {**self._headers, "Content-Type": _TAXII}
        try:
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
        except ConnectionError:  # a kept connection that the server has ended meanwhile
            self._connection.close()
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def close(self) -> None:
        self._connection.close()


def measure(server: Server, work: Callable[[], int], *, cpu_s: float = 1.0, wall_s: float = 15.0) -> float:
    """How much `work` says that it did, per second of the server's CPU time; it is repeated until one of the
    limits is reached."""
    done, began, used = 0, time.monotonic(), server.cpu_seconds()
    while True:
        done += work()
        spent = server.cpu_seconds() - used
        if spent >= cpu_s or time.monotonic() - began >= wall_s:
            return done / max(spent, 0.01)


def wait_idle(server: Server, *, seconds: float = 900.0) -> None:
    """Until the server's processes do next to nothing: what it does behind is not counted to what follows."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        used = server.cpu_seconds()
        time.sleep(2)
        if server.cpu_seconds() - used < 0.2:
            return
    raise TimeoutError(f"{server.name} is busy after {seconds:.0f} s")
