"""A small TAXII 2.1 server that keeps to the letter, and writes down wherever a client does not.

It asks for HTTP Basic, pages by `next` or only by date, and takes posts that stay pending for a while.
"""

import json
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from stack.stix.timestamps import format_instant, parse_instant
from tests.http_servers import run_server
from tests.standards.taxii.door import TAXII
from tests.standards.taxii.samples import Json

ROOT = "/strict/"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
USER, PASSWORD = "reader", "secret: with a colon"
_BEGIN_US = 1_780_000_000_000_000
_AGENT = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PATHS = {
    "/taxii2/": "discovery",
    ROOT: "root",
    f"{ROOT}collections/": "collections",
    f"{ROOT}collections/{COLLECTION}/": "collection",
    f"{ROOT}collections/{COLLECTION}/objects/": "objects",
    f"{ROOT}collections/{COLLECTION}/manifest/": "manifest",
}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


Reply = tuple[int, Any, dict[str, str]]


@dataclass
class Strict:
    """`gives_next`: whether pages have one; `empty_pages`: whether a page without objects comes between;
    `pending_polls`: how often a status is asked for before it is complete; `extra` goes into each resource.

    `broken` has the number of each statement that a client did not keep, and the request.
    """

    objects: list[Json] = field(default_factory=list)
    page: int = 3
    gives_next: bool = True
    empty_pages: bool = False
    pending_polls: int = 0
    most_bytes: int = 100_000
    extra: Json = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)
    posted: list[Json] = field(default_factory=list)
    polls: dict[str, int] = field(default_factory=dict)
    after_the_end: list[str] = field(default_factory=list)
    places: dict[str, tuple[list[tuple[str, str]], int]] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        self.asked.append(request)
        self._judge(request)
        if request.headers.get("authorization") != _authorization():
            return 401, {"title": "Not signed in"}, {"WWW-Authenticate": 'Basic realm="strict"'}
        path = request.path
        if path.startswith(f"{ROOT}status/"):
            return self._tell(path.removeprefix(f"{ROOT}status/").rstrip("/"))
        match _PATHS.get(path), request.method:
            case "discovery", "GET":
                return self._say({"title": "Strict", "default": ROOT, "api_roots": [ROOT]})
            case "root", "GET":
                limits = {"versions": [TAXII], "max_content_length": self.most_bytes}
                return self._say({"title": "Root"} | limits)
            case "collections", "GET":
                return self._say({"collections": [_COLLECTION | self.extra]})
            case "collection", "GET":
                return self._say(dict(_COLLECTION))
            case ("objects" | "manifest") as kind, "GET":
                return self._give(request, kind)
            case "objects", "POST":
                return self._take(request)
        return 404, {"title": "Not there"}, {}

    def _say(self, body: Json, status: int = 200, **headers: str) -> Reply:
        return status, body | self.extra, headers

    def _break(self, number: str, request: Request) -> None:
        self.broken.append((number, f"{request.method} {request.path} {request.query}"))

    def _judge(self, request: Request) -> None:
        names = [name for name, _ in request.query]
        given = dict(request.query)
        accepted = request.headers.get("accept", "").replace(" ", "")
        if not request.path.endswith("/"):
            self._break("C3.1-1", request)
        if TAXII not in accepted.split(","):
            self._break("C3.1-2", request)
        if request.method == "POST" and request.headers.get("content-type", "").replace(" ", "") != TAXII:
            self._break("C3.1-3", request)
        if not _AGENT.match(request.headers.get("user-agent", "")):
            self._break("C3.2-1", request)
        if names.count("added_after") > 1 or ("added_after" in given and not _is_date(given["added_after"])):
            self._break("C3.4-1", request)
        if "limit" in given and not re.fullmatch(r"[1-9]\d*", given["limit"]):
            self._break("C3.4-2", request)
        if len(set(names)) != len(names):
            self._break("C3.4-3", request)
        if "next" in given and given["next"] in self.places:
            before, _ = self.places[given["next"]]
            if sorted(before) != sorted(pair for pair in request.query if pair[0] != "next"):
                self._break("C3.5-1", request)

    def _give(self, request: Request, kind: str) -> Reply:
        given = dict(request.query)
        after = parse_instant(given["added_after"]) if "added_after" in given else 0
        wanted = set(given["match[id]"].split(",")) if "match[id]" in given else None
        dated = [(_BEGIN_US + place, item) for place, item in enumerate(self.objects)]
        found = [row for row in dated if row[0] > after and (wanted is None or row[1]["id"] in wanted)]
        start = 0
        if "next" in given:
            if given["next"] not in self.places:
                return 400, {"title": "There is no such next"}, {}
            start = self.places[given["next"]][1]
        size = min(self.page, int(given.get("limit", "1000")))
        if self.empty_pages and "next" not in given:
            size = 0
        rows = found[start : start + size]
        body: Json = {}
        if start + size < len(found):
            body["more"] = True
            if self.gives_next:
                place = uuid4().hex
                rest = [pair for pair in request.query if pair[0] != "next"]
                self.places[place] = (rest, start + size)
                body["next"] = place
        headers = {}
        if rows:
            body["objects"] = [item if kind == "objects" else _describe(at, item) for at, item in rows]
            headers = {
                "X-TAXII-Date-Added-First": format_instant(rows[0][0]),
                "X-TAXII-Date-Added-Last": format_instant(rows[-1][0]),
            }
        return self._say(body, 200, **headers)

    def _take(self, request: Request) -> Reply:
        if len(request.body) > self.most_bytes:
            self._break("C4.2-1", request)
            return 413, {"title": "Too large"}, {}
        try:
            envelope = json.loads(request.body)
            objects = envelope["objects"]
            assert isinstance(objects, list)
            assert objects
        except (ValueError, KeyError, TypeError, AssertionError):
            self._break("C5.5-1", request)
            return 422, {"title": "No envelope"}, {}
        if envelope.get("type"):
            self._break("C5.5-1", request)
        self.posted += objects
        status_id = str(uuid4())
        self.polls[status_id] = 0
        return self._say(self._status(status_id, len(objects)), 202)

    def _tell(self, status_id: str) -> Reply:
        if status_id not in self.polls:
            return 404, {"title": "There is no such status"}, {}
        if self.polls[status_id] >= self.pending_polls:
            self.after_the_end.append(status_id)
        self.polls[status_id] += 1
        return self._say(self._status(status_id, 1))

    def _status(self, status_id: str, count: int) -> Json:
        is_over = self.polls[status_id] >= self.pending_polls
        return {
            "id": status_id,
            "status": "complete" if is_over else "pending",
            "total_count": count,
            "success_count": count if is_over else 0,
            "failure_count": 0,
            "pending_count": 0 if is_over else count,
        }


_COLLECTION = {"id": COLLECTION, "title": "Worms", "can_read": True, "can_write": True}


def _describe(at: int, item: Json) -> Json:
    return {"id": item["id"], "date_added": format_instant(at), "version": item["modified"]}


def _is_date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text) is not None


def _authorization() -> str:
    return "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def serve_strict(strict: Strict, *, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serves it on loopback, over TLS with `context`; yields its base URL, of `localhost`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qsl(parts.query, keep_blank_values=True)
            body = self.rfile.read(size) if size else b""
            status, found, more = strict.answer(Request(self.command, parts.path, query, headers, body))
            text = json.dumps(found).encode()
            self.send_response(status)
            for name, value in {"Content-Type": TAXII, "Content-Length": str(len(text)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = do_PUT = handle_any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with run_server(server) as port:
        yield f"{'https' if context else 'http'}://localhost:{port}"
