"""The client of `benchmarks.taxii`: one kept connection, no parsing but of what it must know."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.taxii_servers import Server

_TAXII = "application/taxii+json;version=2.1"
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Page:
    body: bytes
    last: str

    @property
    def next(self) -> str:
        """The place of the next page; empty on the last one."""
        found = json.loads(self.body)
        return str(found["next"]) if found.get("more") else ""


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

    def post(self, texts: Sequence[bytes]) -> int:
        """Posts an envelope and waits until its status is complete; how many objects succeeded."""
        envelope = b'{"objects":[' + b",".join(texts) + b"]}"
        status, _, body = self.ask("POST", f"{self.server.path}objects/", envelope)
        if status != 202:
            raise RuntimeError(f"{self.server.name} POST: {status} {body[:300]!r}")
        found = json.loads(body)
        deadline = time.monotonic() + _PATIENCE_S
        while found["status"] != "complete":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.server.name}: a status stays pending")
            time.sleep(0.02)
            _, _, body = self.ask("GET", f"{self.server.root}status/{found['id']}/")
            found = json.loads(body)
        return int(found["success_count"])

    def pages(self, path: str) -> Iterator[Page]:
        """All pages of a path with a query, by `next`."""
        page = self.get(path)
        yield page
        while place := page.next:
            page = self.get(f"{path}&next={place}")
            yield page

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Mapping[str, str], bytes]:
        headers = self._headers if body is None else {**self._headers, "Content-Type": _TAXII}
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
