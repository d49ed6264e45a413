"""A TAXII server as the tests see it: plain requests with every header under control, nothing that helps."""

import http.client
import json
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

TAXII = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"

Query = Mapping[str, str] | Sequence[tuple[str, str]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        """The Content-Type in one spelling: lower case, no blanks, no quotes."""
        return self.headers.get("content-type", "").lower().replace(" ", "").replace('"', "")


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def encode_query(query: Query) -> str:
    """Commas and brackets as clients send them; a pair may occur twice."""
    return urlencode(query, safe="[],:") if query else ""


@dataclass(frozen=True)
class Door:
    """One server with the credentials of one client; `open` is without credentials.

    A new connection for each request, so that no test depends on what another one left unread.
    """

    url: str
    credentials: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> "Door":
        return Door(self.url)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """`Accept` is TAXII's unless `headers` says otherwise; None leaves a header out."""
        asked = encode_query(query)
        wanted = {"Accept": TAXII, "User-Agent": "stack-conformance/1", **self.credentials, **(headers or {})}
        connection = self._connect()
        try:
            connection.putrequest(method, path + ("?" + asked if asked else ""), skip_accept_encoding=True)
            for name, value in wanted.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in wanted:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, query: Query = (), headers: Mapping[str, str | None] | None = None) -> Answer:
        return self.send("GET", path, query=query, headers=headers)

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=60, context=ssl.create_default_context())
        return http.client.HTTPConnection(parts.netloc, timeout=60)


@dataclass(frozen=True)
class Shelf:
    """A collection at an API root, as one client sees it."""

    door: Door
    root: str
    collection: str

    @cached_property
    def path(self) -> str:
        return f"{self.root}collections/{self.collection}/"

    @property
    def objects(self) -> str:
        return self.path + "objects/"

    @property
    def manifest(self) -> str:
        return self.path + "manifest/"

    def object(self, stix_id: str) -> str:
        return f"{self.objects}{stix_id}/"

    def versions(self, stix_id: str) -> str:
        return f"{self.objects}{stix_id}/versions/"

    @property
    def open(self) -> "Shelf":
        """The same for somebody without credentials."""
        return Shelf(self.door.open, self.root, self.collection)

    def post(self, objects: Sequence[Json], headers: Mapping[str, str | None] | None = None) -> Answer:
        body = json.dumps({"objects": objects}, ensure_ascii=False).encode()
        wanted = {"Content-Type": TAXII, **(headers or {})}
        return self.door.send("POST", self.objects, headers=wanted, body=body)

    def add(self, objects: Sequence[Json], *, seconds: float = 30) -> Json:
        """Posts objects and waits for the end of it; gives back the last status."""
        answer = self.post(objects)
        assert answer.status == 202, (answer.status, answer.body[:500])
        return self.wait(answer.json, seconds=seconds)

    def wait(self, status: Json, *, seconds: float = 30) -> Json:
        deadline = time.monotonic() + seconds
        while status["status"] != "complete":
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
            answer = self.door.get(f"{self.root}status/{status['id']}/")
            assert answer.status == 200, (answer.status, answer.body[:500])
            status = answer.json
        return status

    def list_objects(self, query: Query = ()) -> list[Json]:
        answer = self.door.get(self.objects, query)
        assert answer.status == 200, (answer.status, answer.body[:500])
        found: list[Json] = answer.json.get("objects", [])
        return found

    def list_manifest(self, query: Query = ()) -> list[Json]:
        answer = self.door.get(self.manifest, query)
        assert answer.status == 200, (answer.status, answer.body[:500])
        found: list[Json] = answer.json.get("objects", [])
        return found
