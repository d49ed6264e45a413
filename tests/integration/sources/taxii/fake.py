"""A TAXII server of the test's own over HTTP, as bad as the test wants it."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stack.stix.timestamps import format_instant, parse_instant
from tests.http_servers import Answer, Asked

JSON = "application/taxii+json;version=2.1"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
BEGIN_US = 1_780_000_000_000_000


def make_malware(place: int, **others: Any) -> dict[str, Any]:
    return {
        "type": "malware",
        "spec_version": "2.1",
        "id": f"malware--00000000-0000-4000-8000-{place:012d}",
        "created": "2026-05-01T00:00:00.000Z",
        "modified": "2026-05-01T00:00:00.000Z",
        "name": f"worm {place}",
        "is_family": False,
    } | others


@dataclass
class FakeTaxii:
    """`before` may answer in its place. `texts` are served in order; what is posted goes to `posted`."""

    texts: list[bytes] = field(default_factory=list)
    page: int = 7
    before: Callable[[Asked], Answer | None] = lambda asked: None
    most_bytes: int = 100_000
    status_after: int = 0
    refuses: Callable[[dict[str, Any]], str] = lambda obj: ""
    asked: list[Asked] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    polls: int = 0

    def add(self, *objects: dict[str, Any]) -> None:
        self.texts += [json.dumps(each).encode() for each in objects]

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if (answer := self.before(asked)) is not None:
            return answer
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match [part for part in parts.path.split("/") if part]:
            case ["taxii2"]:
                return self._say({"title": "Fake", "default": "/root/", "api_roots": ["/root/", "/other/"]})
            case ["root"]:
                return self._say({"title": "Root", "versions": [JSON], "max_content_length": self.most_bytes})
            case ["root", "collections"]:
                found = {"id": COLLECTION, "title": "Worms", "can_read": True, "can_write": True}
                return self._say({"collections": [found]})
            case ["root", "collections", collection, "objects"] if collection == COLLECTION:
                return self._post(asked) if asked.method == "POST" else self._give(query)
            case ["root", "status", status]:
                return self._tell(status)
        return Answer(404, b'{"title":"Not there"}', {"content-type": JSON})

    def _say(self, body: Any, status: int = 200, **headers: str) -> Answer:
        return Answer(status, json.dumps(body).encode(), {"content-type": JSON} | headers)

    def _give(self, query: dict[str, str]) -> Answer:
        after = parse_instant(query["added_after"]) if "added_after" in query else 0
        dated = [(BEGIN_US + place, text) for place, text in enumerate(self.texts)]
        found = [each for each in dated if each[0] > after]
        start = int(query.get("next", "0"))
        size = min(self.page, int(query.get("limit", "1000")))
        page, rest = found[start : start + size], found[start + size :]
        body = b'{"more":' + (b"true" if rest else b"false")
        body += f',"next":"{start + size}"'.encode() if rest else b""
        body += b',"objects":[' + b",".join(text for _, text in page) + b"]}"
        headers = {"content-type": JSON}
        if page:
            headers["X-TAXII-Date-Added-First"] = format_instant(page[0][0])
            headers["X-TAXII-Date-Added-Last"] = format_instant(page[-1][0])
        return Answer(200, body, headers)

    def _post(self, asked: Asked) -> Answer:
        if len(asked.body) > self.most_bytes:
            return self._say({"title": "Too large"}, 413)
        objects = json.loads(asked.body)["objects"]
        if any(obj["name"] == "poison" for obj in objects):
            return self._say({"title": "Poison"}, 422)
        failures = []
        for obj in objects:
            if why := self.refuses(obj):
                failures.append({"id": obj["id"], "version": obj["modified"], "message": why})
            else:
                self.posted.append(obj)
        status = {
            "id": f"2d086da7-4bdc-4f91-900e-d77486753{len(self.statuses):03d}",
            "status": "complete",
            "total_count": len(objects),
            "success_count": len(objects) - len(failures),
            "failure_count": len(failures),
            "failures": failures,
            "pending_count": 0,
        }
        self.statuses[str(status["id"])] = status
        if self.status_after:
            status = {**status, "status": "pending", "pending_count": len(objects), "success_count": 0}
            status |= {"failure_count": 0, "failures": []}
        return self._say(status, 202)

    def _tell(self, status: str) -> Answer:
        self.polls += 1
        if status not in self.statuses:
            return self._say({"title": "No status"}, 404)
        if self.polls < self.status_after:
            return self._say({"id": status, "status": "pending", "pending_count": 1})
        return self._say(self.statuses[status])


def credentials_of(asked: Asked) -> str:
    kind, _, text = asked.headers.get("authorization", "").partition(" ")
    return b64decode(text).decode() if kind == "Basic" else text
