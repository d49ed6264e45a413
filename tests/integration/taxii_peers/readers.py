"""How known clients of TAXII 2.1 read a collection, each by its documented behaviour, in our own words.

A reader polls until `is_over()` was true before a poll that brought nothing new, and gives back the ids as
they came. Those that know their place in seconds or milliseconds only get some objects again (`repeats`).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from urllib.parse import urljoin

import taxii2client.v21 as taxii2client

from tests.standards.taxii.door import Answer, Shelf

IsOver = Callable[[], bool]
Read = Callable[[Shelf, IsOver], list[str]]
_PAUSE_S = 0.02


@dataclass(frozen=True)
class Reader:
    """`repeats`: objects may come more than once, as the client keeps its place less exactly."""

    name: str
    read: Read
    repeats: bool = False


def _ask(shelf: Shelf, query: dict[str, str], *, path: str = "") -> Answer:
    answer = shelf.door.get(path or shelf.objects, query)
    assert answer.status == 200, (answer.status, answer.body[:300])
    return answer


def _ids(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.json.get("objects", [])]


def _polls(is_over: IsOver) -> Iterator[None]:
    """Polls until one begins after the end."""
    while True:
        was_over = is_over()
        yield
        if was_over:
            return
        time.sleep(_PAUSE_S)


def read_by_next(shelf: Shelf, is_over: IsOver) -> list[str]:
    """Pages by `next` to the end of the collection; the next poll begins after the last page's date."""
    found: list[str] = []
    begin: dict[str, str] = {}
    for _ in _polls(is_over):
        answer = _ask(shelf, begin | {"limit": "17"})
        found += _ids(answer)
        while answer.json.get("more"):
            last = answer.headers["x-taxii-date-added-last"]
            answer = _ask(shelf, begin | {"limit": "17", "next": answer.json["next"]})
            found += _ids(answer)
            answer.headers.setdefault("x-taxii-date-added-last", last)  # type: ignore[attr-defined]
        if "x-taxii-date-added-last" in answer.headers:
            begin = {"added_after": answer.headers["x-taxii-date-added-last"]}
    return found


def read_by_date(shelf: Shelf, is_over: IsOver, *, path: str = "") -> list[str]:
    """Only ever asks for what was added after the date of the last header; never by `next`."""
    found: list[str] = []
    begin: dict[str, str] = {}
    for _ in _polls(is_over):
        while True:
            answer = _ask(shelf, begin | {"limit": "23"}, path=path)
            found += _ids(answer)
            if "x-taxii-date-added-last" in answer.headers and _ids(answer):
                begin = {"added_after": answer.headers["x-taxii-date-added-last"]}
            if not answer.json.get("more"):
                break
    return found


def read_manifest(shelf: Shelf, is_over: IsOver) -> list[str]:
    return read_by_date(shelf, is_over, path=shelf.manifest)


def read_mixed(shelf: Shelf, is_over: IsOver) -> list[str]:
    """Takes `next` and the date by turns, within one drain and from one to the next."""
    found: list[str] = []
    begin: dict[str, str] = {}
    ways = cycle(("next", "date", "next", "next", "date"))
    for _ in _polls(is_over):
        place: dict[str, str] = {}
        while True:
            answer = _ask(shelf, begin | place | {"limit": "11"})
            found += _ids(answer)
            if _ids(answer) and (not answer.json.get("more") or next(ways) == "date"):
                begin, place = {"added_after": answer.headers["x-taxii-date-added-last"]}, {}
            elif answer.json.get("more"):
                place = {"next": answer.json["next"]}
            if not answer.json.get("more"):
                break
    return found


def read_with_retries(shelf: Shelf, is_over: IsOver) -> list[str]:
    """Loses every answer once, and asks the same again: what came then holds all of what was lost."""
    found: list[str] = []
    begin: dict[str, str] = {}
    for _ in _polls(is_over):
        place: dict[str, str] = {}
        while True:
            query = begin | place | {"limit": "19"}
            lost, answer = _ask(shelf, query), _ask(shelf, query)
            assert _ids(answer)[: len(_ids(lost))] == _ids(lost)
            found += _ids(answer)
            if not answer.json.get("more"):
                break
            place = {"next": answer.json["next"]}
        if _ids(answer):
            begin = {"added_after": answer.headers["x-taxii-date-added-last"]}
    return found


def read_like_opencti(shelf: Shelf, is_over: IsOver) -> list[str]:
    """OpenCTI's ingestion of TAXII feeds: one request a run, `next` beside the `added_after` with which it
    began, then the date of the last header cut to milliseconds, as a JavaScript Date keeps it."""
    found: list[str] = []
    known: set[str] = set()
    cursor, begin = "", ""
    was_over = is_over()
    while True:
        query = {"limit": "29"} | ({"next": cursor} if cursor else {})
        query |= {"added_after": begin} if begin else {}
        answer = _ask(shelf, query)
        fresh = set(_ids(answer)) - known
        found += _ids(answer)
        known |= fresh
        if _ids(answer):
            cursor = answer.json.get("next", "") if answer.json.get("more") else ""
            if not cursor:
                last = datetime.fromisoformat(answer.headers["x-taxii-date-added-last"])
                begin = last.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if was_over and not fresh and not cursor:
            return found
        was_over = is_over()
        time.sleep(_PAUSE_S / 4)


def read_by_seconds(shelf: Shelf, is_over: IsOver) -> list[str]:
    """Keeps dates in whole seconds, as many clients do; the second is asked for again."""
    found: list[str] = []
    begin: dict[str, str] = {}
    for _ in _polls(is_over):
        place: dict[str, str] = {}
        while True:
            answer = _ask(shelf, begin | place | {"limit": "31"})
            found += _ids(answer)
            if not answer.json.get("more"):
                break
            place = {"next": answer.json["next"]}
        if _ids(answer):
            last = datetime.fromisoformat(answer.headers["x-taxii-date-added-last"])
            begin = {"added_after": last.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return found


def read_by_windows(shelf: Shelf, is_over: IsOver) -> list[str]:
    """A poller in the manner of TAXII 1 (cabby): each window begins when the last poll did, by its own clock,
    less five seconds for clocks and for what is being written."""
    found: list[str] = []
    begin = datetime.now(UTC) - timedelta(hours=1)
    for _ in _polls(is_over):
        started = datetime.now(UTC)
        query = {"added_after": begin.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "limit": "200"}
        answer = _ask(shelf, query)
        found += _ids(answer)
        while answer.json.get("more"):
            answer = _ask(shelf, query | {"next": answer.json["next"]})
            found += _ids(answer)
        begin = started - timedelta(seconds=5)
        time.sleep(0.2)
    return found


def read_like_misp(shelf: Shelf, is_over: IsOver) -> list[str]:
    """MISP's import module: taxii2-client's `as_pages`, a hundred at a time, of one specification version,
    from a date that its user gives; here each run begins at the end of the one before."""
    collection = _open_collection(shelf)
    begin = ""
    found: list[str] = []
    for _ in _polls(is_over):
        options: dict[str, Any] = {"added_after": begin} if begin else {}
        pages = taxii2client.as_pages(collection.get_objects, per_request=100, spec_version="2.1", **options)
        ids = [item["id"] for page in pages for item in page.get("objects", [])]
        found += ids
        if ids:
            [record] = collection.get_manifest(id=ids[-1])["objects"]
            begin = record["date_added"]
    collection.close()
    return found


def read_as_pages(shelf: Shelf, is_over: IsOver) -> list[str]:
    """taxii2-client's `as_pages`, once, from the beginning to the end, after writers have ended."""
    while not is_over():
        time.sleep(_PAUSE_S)
    collection = _open_collection(shelf)
    pages = list(taxii2client.as_pages(collection.get_objects, per_request=50))
    collection.close()
    return [item["id"] for page in pages for item in page.get("objects", [])]


def _open_collection(shelf: Shelf) -> Any:
    from base64 import b64decode

    user, _, password = b64decode(shelf.door.credentials["Authorization"][6:]).decode().partition(":")
    return taxii2client.Collection(urljoin(shelf.door.url, shelf.path), user=user, password=password)


READERS = (
    Reader("by next", read_by_next),
    Reader("by added_after", read_by_date),
    Reader("by added_after of a manifest", read_manifest),
    Reader("by next and added_after in turns", read_mixed),
    Reader("each request twice", read_with_retries),
    Reader("MISP", read_like_misp),
    Reader("taxii2-client as_pages", read_as_pages),
    Reader("OpenCTI", read_like_opencti, repeats=True),
    Reader("whole seconds", read_by_seconds, repeats=True),
    Reader("windows of time", read_by_windows, repeats=True),
)
