"""Every vendor of feeds keeps the contract of `stack.sources.feeds.base`, against answers over HTTP."""

import gzip
import inspect
import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from stack.core.errors import BadInput, StackError
from stack.core.http.client import HttpLimits
from stack.core.plugin_options import Credential, Option
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.formats import find_parser
from stack.ingest.preparing import prepare_records
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import DAY_S, HAS_MORE, MINUTE_S, FeedPlugin
from stack.sources.feeds.catalogue import list_vendors, name_format
from stack.sources.feeds.errors import Cause, FeedFailure
from stack.sources.feeds.vendors import _example
from stack.sources.feeds.visiting import FeedVisit, open_visit
from stack.stix.markings import parse_tlp
from tests.http_servers import Answer, Asked, serve

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "feeds"
VENDORS = list_vendors()
ALL: dict[str, type[FeedPlugin]] = {**VENDORS, "_example": _example.Feed}
every_vendor = pytest.mark.parametrize("feed", ALL.values(), ids=ALL)
every_recorded = pytest.mark.parametrize("name", VENDORS)
pytestmark = pytest.mark.usefixtures("loopback_allowed")

_RECEIVED = "2026-02-01T00:00:00.000Z"
_QUICK = HttpLimits(connect_s=1, read_s=0.4, total_s=3, most_bytes=300_000, most_redirects=1)


def read_choices(name: str) -> dict[str, str]:
    path = GOLDEN / name / "choices.json"
    chosen: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return ALL[name].fill_choices({"url": "https://feeds.example/list"} | chosen)


def parse(feed: type[FeedPlugin], body: bytes, choices: dict[str, str]) -> Iterator[Record | RecordFault]:
    options = ParseOptions(
        source=feed.title,
        filename=feed.filename or "feed",
        received=_RECEIVED,
        mapping=feed.mapping(choices),
        choices=choices,
    )
    parser = feed if feed.parse is not FeedPlugin.parse else find_parser(name_format(feed))
    yield from parser.parse(ByteStream(BytesIO(body)), options)


def parse_golden(name: str) -> tuple[list[str], list[str]]:
    [path] = (GOLDEN / name).glob("input.*")
    items = list(parse(ALL[name], path.read_bytes(), read_choices(name)))
    objects = [item.text.decode() for item in items if isinstance(item, Record)]
    faults = [f"{item.label}: {item.message}" for item in items if isinstance(item, RecordFault)]
    return objects, faults


@every_vendor
def test_it_says_what_it_is(feed: type[FeedPlugin]) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", feed.name)
    assert inspect.getdoc(sys.modules[feed.__module__]), "the module says where the format is documented"
    assert feed.__doc__
    assert feed.__doc__.endswith(".")
    assert feed.title
    assert not feed.title.endswith(".")
    assert feed.terms
    assert feed.page.startswith("https://")
    assert not feed.url or feed.url.startswith("https://")
    assert 0 <= feed.reliability <= 5
    parse_tlp(feed.tlp)
    assert feed.example


@every_vendor
def test_its_schedule_and_sizes_have_bounds(feed: type[FeedPlugin]) -> None:
    assert 5 * MINUTE_S <= feed.least_every_s <= feed.every_s <= 7 * DAY_S
    assert 0 < feed.most_bytes <= 512 * 1024 * 1024


@every_vendor
def test_its_options_and_credentials_have_names(feed: type[FeedPlugin]) -> None:
    fields: list[Option | Credential] = [*feed.list_options(), *feed.credentials]
    assert all(re.fullmatch(r"[a-z][a-z_-]*", each.name) for each in fields)
    assert all(each.title and not each.title.endswith(".") for each in fields)
    assert len({each.name for each in fields}) == len(fields)
    for option in feed.list_options():
        assert not option.values or option.default in option.values


@every_vendor
def test_it_refuses_what_it_does_not_know(feed: type[FeedPlugin]) -> None:
    with pytest.raises(BadInput, match=r"options\.colour"):
        feed.fill_choices({"url": "https://feeds.example/", "colour": "red"})
    with pytest.raises(BadInput, match=r"credentials\.pin"):
        feed.check_credentials({"pin": "1"})


@every_vendor
def test_its_example_is_read_without_a_fault(feed: type[FeedPlugin]) -> None:
    if feed.name == "misp":  # its example is the manifest, which names events and holds none
        return
    choices = feed.fill_choices({"url": "https://feeds.example/"})
    items = list(parse(feed, feed.example, choices))
    assert items
    records = [item for item in items if isinstance(item, Record)]
    assert records == items
    prepared = prepare_records(records)
    assert [fault.message for fault in prepared.errors] == []


@every_recorded
def test_its_recorded_answer_becomes_what_was_expected(name: str) -> None:
    objects, faults = parse_golden(name)
    assert objects == (GOLDEN / name / "expected.jsonl").read_text().splitlines()
    assert faults == (GOLDEN / name / "faults.txt").read_text().splitlines()
    assert objects


@every_recorded
def test_what_it_becomes_is_good_stix(name: str) -> None:
    from stix2validator import ValidationOptions, validate_string

    lines = (GOLDEN / name / "expected.jsonl").read_text().splitlines()
    bundle = {
        "type": "bundle",
        "id": "bundle--3b0d5b7e-9c0c-4a6e-8f2e-6a4a5a1c7d10",
        "objects": [json.loads(line) for line in lines],
    }
    found = validate_string(json.dumps(bundle), ValidationOptions(version="2.1"))
    assert [str(error) for error in found.errors] == []
    assert found.is_valid


@every_recorded
def test_the_same_words_become_the_same_objects(name: str) -> None:
    assert parse_golden(name) == parse_golden(name)


@contextmanager
def visiting(
    feed: type[FeedPlugin], url: str, *, limits: HttpLimits = _QUICK, **fields: Any
) -> Iterator[FeedVisit]:
    secrets = {credential.name: f"secret-{credential.name}" for credential in feed.credentials}
    path = f"{url}/{{key}}/feed" if "{key}" in feed.url else f"{url}/feed"
    with open_visit(feed, choices={"url": path}, credentials=secrets, limits=limits) as visit:
        for name, value in fields.items():
            setattr(visit, name, value)
        yield visit


def fetch(visit: FeedVisit) -> list[bytes]:
    bodies = []
    for piece in visit.feed.fetch(visit):
        with piece.file:
            bodies.append(piece.file.read())
    return bodies


def answer_of(name: str, asked: Asked) -> Answer:
    """What the vendor's server has: for MISP a manifest beside its events, for the others the one file."""
    [path] = (GOLDEN / name).glob("input.*")
    body = path.read_bytes()
    if name == "misp":
        event = json.dumps(json.loads(body)[0]).encode()
        body = VENDORS["misp"].example if asked.path.endswith("manifest.json") else event
    etag = f'"{hash(asked.path)}"'
    if asked.headers.get("if-none-match") == etag:
        return Answer(304)
    return Answer(body=body, headers={"ETag": etag})


@every_recorded
def test_a_good_answer_and_then_nothing_new(name: str) -> None:
    with serve(lambda asked: answer_of(name, asked)) as url:
        with visiting(VENDORS[name], url) as visit:
            bodies = fetch(visit)
            learned, memory = visit.learned, visit.memory
        assert bodies
        for body in bodies:
            assert list(parse(VENDORS[name], body, read_choices(name)))
        with visiting(VENDORS[name], url, validators=learned, memory=memory) as again:
            assert fetch(again) == []
            # Pages of pulses begin with the newest one that is known, every time.
            assert again.received_bytes == 0 or name == "otx"


@every_recorded
def test_its_credentials_go_where_they_belong_and_are_remembered_nowhere(name: str) -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return answer_of(name, request)

    with serve(answer) as url, visiting(VENDORS[name], url) as visit:
        fetch(visit)
        kept = repr((visit.learned, visit.memory))
    sent = asked[0].path + repr(asked[0].headers)
    for credential in VENDORS[name].credentials:
        if credential.place not in ("user", "password") and credential.field != "Authorization":
            assert f"secret-{credential.name}" in sent
        assert f"secret-{credential.name}" not in kept


@every_recorded
@pytest.mark.parametrize(
    ("status", "cause"), [(401, Cause.CREDENTIALS), (403, Cause.CREDENTIALS), (404, Cause.ADDRESS)]
)
def test_who_is_not_let_in_is_told(name: str, status: int, cause: Cause) -> None:
    with serve(lambda asked: Answer(status)) as url, visiting(VENDORS[name], url) as visit:
        with pytest.raises(FeedFailure) as caught:
            fetch(visit)
        assert caught.value.cause == cause
        assert "secret-" not in f"{caught.value.detail} {caught.value.remedy}"


@every_recorded
def test_who_asked_too_often_waits_for_as_long_as_the_server_says(name: str) -> None:
    with (
        serve(lambda asked: Answer(429, headers={"Retry-After": "3600"})) as url,
        visiting(VENDORS[name], url) as visit,
    ):
        with pytest.raises(FeedFailure) as caught:
            fetch(visit)
        assert (caught.value.cause, caught.value.retry_after) == (Cause.RATE, 3600)


@every_recorded
def test_a_page_in_the_place_of_data_is_no_data(name: str) -> None:
    page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
    feed = VENDORS[name]
    with serve(lambda asked: Answer(body=page)) as url, visiting(feed, url) as visit:
        assert not _read_all(feed, visit)


def _read_all(feed: type[FeedPlugin], visit: FeedVisit) -> list[Record]:
    """The records that a visit brings; a refusal brings none."""
    records: list[Record] = []
    with suppress(StackError):
        for body in fetch(visit):
            choices = read_choices(feed.name)
            records += [item for item in parse(feed, body, choices) if isinstance(item, Record)]
    return records


@every_recorded
def test_an_answer_that_breaks_off_is_not_taken_for_whole(name: str) -> None:
    def cut(asked: Asked) -> Answer:
        body = answer_of(name, asked).body or b""
        return Answer(
            body=None, chunks=iter([body[: len(body) // 2]]), headers={"Content-Length": str(len(body))}
        )

    with serve(cut) as url, visiting(VENDORS[name], url) as visit:
        visit.stop.set()  # nobody waits to ask again
        with pytest.raises(FeedFailure) as caught:
            fetch(visit)
        assert caught.value.cause == Cause.NETWORK


@every_recorded
def test_half_of_a_document_does_no_harm(name: str) -> None:
    [path] = (GOLDEN / name).glob("input.*")
    body = path.read_bytes()
    whole = set(parse_golden(name)[0])
    found = []
    with suppress(StackError):
        for item in parse(VENDORS[name], body[: len(body) // 2], read_choices(name)):
            found.append(item)
    records = {item.text.decode() for item in found if isinstance(item, Record)}
    # Of the last row something may be missing; what came before it is as it is in the whole.
    assert len(records - whole) <= 2


@every_recorded
def test_more_than_it_may_send_is_refused(name: str) -> None:
    noise = b"x" * 1_000_000
    for answer in (
        Answer(body=noise),
        Answer(body=gzip.compress(noise), headers={"Content-Encoding": "gzip"}),
    ):
        with serve(partial(_give, answer)) as url, visiting(VENDORS[name], url) as visit:
            with pytest.raises(FeedFailure) as caught:
                fetch(visit)
            assert caught.value.cause == Cause.SIZE


def _give(answer: Answer, asked: Asked) -> Answer:
    return answer


def test_a_server_that_drips_is_given_up() -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.05)
            yield b"a"

    quick = HttpLimits(connect_s=1, read_s=0.4, total_s=0.5, most_bytes=1000)
    with (
        serve(lambda asked: Answer(body=None, chunks=drip())) as url,
        visiting(VENDORS["tor-exits"], url, limits=quick) as visit,
    ):
        with pytest.raises(FeedFailure) as caught:
            fetch(visit)
        assert caught.value.cause == Cause.NETWORK


def test_the_example_runs() -> None:
    items = list(parse(_example.Feed, _example.Feed.example, {"url": _example.Feed.url}))
    assert len(items) == 2


def test_a_misp_feed_that_runs_out_of_time_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    uuids = [f"3d0b2e5e-5f0c-4b5c-9a55-0c6a4fb3d0{number:02}" for number in range(5)]
    manifest = {uuid: {"timestamp": str(1_769_846_400 + at), "info": "x"} for at, uuid in enumerate(uuids)}
    asked: list[str] = []

    def answer(request: Asked) -> Answer:
        asked.append(request.path.rpartition("/")[2].removesuffix(".json"))
        body = manifest if asked[-1] == "manifest" else {"Event": {"uuid": asked[-1]}}
        return Answer(body=json.dumps(body).encode(), headers={"ETag": '"one"'})

    left = iter([True, True, False])
    with serve(answer) as url:
        with monkeypatch.context() as patch:
            patch.setattr(FeedVisit, "has_time", lambda visit: next(left))
            with visiting(VENDORS["misp"], url) as first:
                [joined] = fetch(first)
        assert [event["Event"]["uuid"] for event in json.loads(joined)] == uuids[:2:-1]
        assert first.memory[HAS_MORE]
        with visiting(VENDORS["misp"], url, validators=first.learned, memory=first.memory) as second:
            [rest] = fetch(second)
        assert [event["Event"]["uuid"] for event in json.loads(rest)] == uuids[2::-1]
        assert not second.memory[HAS_MORE]
    assert sorted(asked) == sorted(["manifest", "manifest", *uuids])
