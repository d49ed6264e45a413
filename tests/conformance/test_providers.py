"""Every provider keeps the contract of `stack.analysis.base`, against recorded answers over HTTP.

Its answers are in `tests/provider_answers/`, whose README says what stands there.
"""

import importlib
import inspect
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from math import isfinite
from typing import Any
from urllib.parse import unquote_plus

import msgspec
import orjson
import pytest

from stack.analysis.answers import Answer
from stack.analysis.asking.choosing import check_credentials, fill_choices
from stack.analysis.asking.composing import show_request
from stack.analysis.asking.faults import AskFault
from stack.analysis.asking.records import Outcome
from stack.analysis.base import DAY_S, ProviderPlugin
from stack.analysis.providers import _example
from stack.analysis.registry import list_provider_plugins
from stack.analysis.subjects import FILE, SUBJECT_KINDS
from stack.core.errors import BadInput
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.markings import parse_tlp
from stack.stix.observables.detect import detect_as
from stack.stix.observables.kinds import Kind
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import Asked, serve
from tests.provider_servers import (
    encode_body,
    invent_credentials,
    open_sender,
    run_asking,
    serve_exchanges,
)
from tests.recorded import Exchange, Recorded

ALL: dict[str, type[ProviderPlugin]] = {**list_provider_plugins(), "_example": _example.Provider}
every_provider = pytest.mark.parametrize("plugin", ALL.values(), ids=ALL)
pytestmark = pytest.mark.usefixtures("loopback_allowed")

_FILE = b"MZ the file itself"
_HTML = b"<!DOCTYPE html><html><body><h1>Checking your browser</h1></body></html>"


def load(plugin: type[ProviderPlugin]) -> Any:
    return importlib.import_module(f"tests.provider_answers.{plugin.__module__.rpartition('.')[2]}")


def choices_of(plugin: type[ProviderPlugin], recorded: Recorded | None = None) -> dict[str, str]:
    return dict(getattr(load(plugin), "CHOICES", {})) | dict(recorded.choices if recorded else {})


def ask(plugin: type[ProviderPlugin], recorded: Recorded, exchanges: Sequence[Exchange]) -> Answer:
    """The plug-in's answer; fails for a request that no exchange is for. Raises `AskFault`."""
    with serve_exchanges(plugin, exchanges) as (server, base):
        try:
            with open_sender(
                plugin, base, subject=recorded.subject, choices=choices_of(plugin, recorded)
            ) as sender:
                if any(each.method == "POST" for each in exchanges):
                    from io import BytesIO

                    sender.sample = lambda: BytesIO(_FILE)
                made = sender.plugin
                return run_asking(sender, made.ask(recorded.subject))
        finally:
            assert server.problems == []
            check_secrets_went_out(made, server.asked)


def check_secrets_went_out(plugin: ProviderPlugin, asked: Sequence[Asked]) -> None:
    """Each credential went where it belongs, and nowhere else."""
    secrets = invent_credentials(type(plugin))
    for each in plugin.credentials:
        if each.place is Place.HEADER and asked:
            assert asked[0].headers.get(each.field.lower()) == f"{each.prefix}{secrets[each.name]}"
        if each.place in (Place.HEADER, Place.USER, Place.PASSWORD, Place.FIELD):
            assert not any(secrets[each.name] in one.path for one in asked)


def fail(plugin: type[ProviderPlugin], exchanges: Sequence[Exchange]) -> AskFault:
    [first, *_] = load(plugin).FOUND
    with pytest.raises(AskFault) as caught:
        ask(plugin, first, exchanges)
    check_nothing_leaks(plugin, caught.value.message)
    return caught.value


def check_nothing_leaks(plugin: type[ProviderPlugin], text: str) -> None:
    assert not any(secret in text for secret in invent_credentials(plugin).values())
    assert text.isprintable()
    assert len(text) < 700


@every_provider
def test_it_says_what_it_is(plugin: type[ProviderPlugin]) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", plugin.name)
    assert inspect.getdoc(sys.modules[plugin.__module__]), "the module says where the format is documented"
    assert plugin.__doc__
    assert plugin.__doc__.endswith(".")
    assert plugin.title
    assert plugin.terms.endswith(".")
    assert plugin.page.startswith("https://")
    has_url = "url" in {option.name for option in plugin.options}
    assert plugin.url.startswith("https://") or (has_url and not plugin.url)
    assert plugin.kinds
    assert plugin.kinds <= SUBJECT_KINDS
    parse_tlp(plugin.tlp)


@every_provider
def test_its_limits_have_bounds(plugin: type[ProviderPlugin]) -> None:
    assert all(rate.calls > 0 and 0 < rate.seconds <= 32 * DAY_S for rate in plugin.rates)
    assert plugin.rates, "some rate is kept to with every service"
    assert 0 < plugin.wall_s <= 900
    assert 0 < plugin.most_bytes <= 64 * 1024 * 1024
    assert 0 < plugin.keeps_absent_s <= plugin.keeps_s <= 32 * DAY_S


@every_provider
def test_its_options_and_credentials_have_names(plugin: type[ProviderPlugin]) -> None:
    fields: list[Option | Credential] = [*plugin.options, *plugin.credentials]
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]*", each.name) for each in fields)
    assert all(each.title and not each.title.endswith(".") for each in fields)
    assert len({each.name for each in fields}) == len(fields)
    for option in plugin.options:
        assert not option.values or option.default in option.values
    for credential in plugin.credentials:
        is_basic = credential.place in (Place.USER, Place.PASSWORD)
        assert credential.field or is_basic


@every_provider
def test_it_refuses_what_it_does_not_know(plugin: type[ProviderPlugin]) -> None:
    with pytest.raises(BadInput, match=r"options\.colour"):
        fill_choices(plugin, {"colour": "red"})
    with pytest.raises(BadInput, match=r"credentials\.pin"):
        check_credentials(plugin, {"pin": "1"})


def list_recorded(which: str) -> list[Any]:
    return [
        pytest.param(plugin, recorded, id=f"{name}-{recorded.name or number}")
        for name, plugin in ALL.items()
        if has_answers(plugin)
        for number, recorded in enumerate(getattr(load(plugin), which))
    ]


def has_answers(plugin: type[ProviderPlugin]) -> bool:
    return find_spec(f"tests.provider_answers.{plugin.__module__.rpartition('.')[2]}") is not None


@every_provider
def test_it_has_recorded_answers(plugin: type[ProviderPlugin]) -> None:
    assert has_answers(plugin)
    assert load(plugin).FOUND
    assert load(plugin).ABSENT


@pytest.mark.parametrize(("plugin", "recorded"), list_recorded("FOUND"))
def test_what_it_finds_becomes_typed_evidence(plugin: type[ProviderPlugin], recorded: Recorded) -> None:
    answer = ask(plugin, recorded, recorded.exchanges)
    expected = recorded.expect
    assert answer.is_found
    assert answer.stated == expected.stated
    assert tuple(each.code for each in answer.evidence) == expected.codes
    assert not expected.summary or answer.summary == expected.summary
    assert set(expected.pivots) <= {(pivot.kind, pivot.value) for pivot in answer.pivots}
    assert expected.facts.items() <= {fact.name: fact.value for fact in answer.facts}.items()
    if expected.weight is not None:
        assert sum(each.weight for each in answer.evidence) == pytest.approx(expected.weight, abs=0.1)
    check_answer(plugin, answer)


def check_answer(plugin: type[ProviderPlugin], answer: Answer) -> None:
    for each in answer.evidence:
        assert each.code.startswith(f"{plugin.name}.")
        assert each.statement.strip().endswith(".")
        assert isfinite(each.weight)
        assert -8 <= each.weight <= 8
    for pivot in (*answer.pivots, *(pivot for each in answer.evidence for pivot in each.pivots)):
        if pivot.kind != FILE:
            assert detect_as(pivot.value, Kind(pivot.kind)).observable.value == pivot.value
    assert not answer.link or answer.link.startswith("https://") or plugin.is_named or not plugin.url
    text = msgspec.json.encode(answer)
    assert msgspec.json.encode(msgspec.json.decode(text, type=Answer)) == text
    assert not any(secret.encode() in text for secret in invent_credentials(plugin).values())


@pytest.mark.parametrize(("plugin", "recorded"), list_recorded("ABSENT"))
def test_what_it_does_not_know_is_no_evidence(plugin: type[ProviderPlugin], recorded: Recorded) -> None:
    answer = ask(plugin, recorded, recorded.exchanges)
    assert not answer.is_found
    assert not answer.evidence


@every_provider
def test_each_kind_that_it_takes_has_a_recorded_answer(plugin: type[ProviderPlugin]) -> None:
    sorts = {
        "ipv4": "address",
        "ipv6": "address",
        "md5": "hash",
        "sha1": "hash",
        "sha256": "hash",
        "sha512": "hash",
    }
    tried = {each.subject.kind for each in (*load(plugin).FOUND, *load(plugin).ABSENT)}
    assert {sorts.get(kind, kind) for kind in plugin.kinds} == {sorts.get(kind, kind) for kind in tried}


@every_provider
def test_a_credential_that_is_not_good_is_said_so(plugin: type[ProviderPlugin]) -> None:
    exchange = load(plugin).UNAUTHORISED
    if exchange is None:
        assert not plugin.credentials
        return
    fault = fail(plugin, [exchange])
    assert fault.outcome is Outcome.UNAUTHORISED
    assert "check the account" in fault.message


@every_provider
def test_one_call_too_many_is_no_failure(plugin: type[ProviderPlugin]) -> None:
    exchange = load(plugin).LIMITED
    headers = {"Retry-After": "120"} | dict(exchange.headers)
    fault = fail(plugin, [replace(exchange, headers=headers)])
    assert fault.outcome is Outcome.LIMITED
    assert fault.retry_after_s
    assert not fault.is_fault


@every_provider
@pytest.mark.parametrize("body", [_HTML, b"", b"null", b"[]", b"\xff\xfe\x00", b'"text"', b"7"])
def test_what_is_no_answer_is_malformed(plugin: type[ProviderPlugin], body: bytes) -> None:
    [first, *_] = load(plugin).FOUND
    is_empty = body in (b"null", b"[]")
    try:
        answer = ask(plugin, first, [*(replace(each, body=body) for each in first.exchanges)])
    except AskFault as fault:
        check_is_malformed(plugin, fault)
    else:
        # An empty list or null is how some services say that they know nothing.
        assert is_empty
        assert not answer.evidence


def check_is_malformed(plugin: type[ProviderPlugin], fault: AskFault) -> None:
    assert fault.outcome is Outcome.FAILED
    assert fault.is_fault
    assert "otherwise than it documents" in fault.message
    check_nothing_leaks(plugin, fault.message)


@every_provider
def test_an_answer_that_is_cut_is_malformed(plugin: type[ProviderPlugin]) -> None:
    [first, *_] = load(plugin).FOUND
    whole = encode_body(first.exchanges[0])
    fault = fail(plugin, [replace(first.exchanges[0], body=whole[: len(whole) // 2])])
    check_is_malformed(plugin, fault)


def mistype(value: Any) -> Iterator[Any]:
    """The value with one member at a time of another type, also inside; of lists the first entry."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            wrong: Any = {"odd": 1} if not isinstance(inner, Mapping) else ["odd"]
            yield {**value, name: wrong}
            yield {**value, name: None}
            for each in mistype(inner):
                yield {**value, name: each}
    elif isinstance(value, list) and value:
        yield [["odd"], *value[1:]]
        for each in mistype(value[0]):
            yield [each, *value[1:]]


@every_provider
def test_wrong_types_are_malformed_or_do_not_matter(plugin: type[ProviderPlugin]) -> None:
    [first, *_] = load(plugin).FOUND
    whole = orjson.loads(encode_body(first.exchanges[0]))
    for wrong in mistype(whole):
        try:
            answer = drive_by_hand(plugin, first, [orjson.dumps(wrong)])
        except AskFault as fault:
            check_is_malformed(plugin, fault)
        else:
            check_answer(plugin, answer)


def drive_by_hand(plugin: type[ProviderPlugin], recorded: Recorded, bodies: Sequence[bytes]) -> Answer:
    """Without sockets, as there are many of them; behind the first reply come the recorded ones."""
    from stack.analysis.asking.driving import drive_asking
    from stack.analysis.base import ProviderReply, ProviderRequest

    wanted = choices_of(plugin, recorded)
    if "url" in {option.name for option in plugin.options}:
        wanted.setdefault("url", "https://instance.example")
    made = plugin(fill_choices(plugin, wanted))
    recorded_bodies = [(each.status, encode_body(each)) for each in recorded.exchanges]
    replies = iter([*((recorded_bodies[0][0], body) for body in bodies), *recorded_bodies[len(bodies) :]])

    def send(request: ProviderRequest) -> ProviderReply:
        # Whoever asks on behind the recorded replies gets nothing that can be read.
        status, body = next(replies, (200, b""))
        return ProviderReply(status if status in request.expects else request.expects[0], {}, body, 1)

    return drive_asking(made, made.ask(recorded.subject), send)


@every_provider
def test_its_test_says_that_the_credential_is_good(plugin: type[ProviderPlugin]) -> None:
    exchanges = load(plugin).TEST
    with (
        serve_exchanges(plugin, exchanges) as (server, base),
        open_sender(plugin, base, choices=choices_of(plugin)) as sender,
    ):
        answer = run_asking(sender, sender.plugin.test())
    assert server.problems == []
    assert answer.is_found
    assert answer.summary


@every_provider
def test_a_reply_that_repeats_the_credential_is_cleaned(plugin: type[ProviderPlugin]) -> None:
    [first, *_] = load(plugin).FOUND
    secrets = " ".join(invent_credentials(plugin).values())

    def echo(asked: Asked) -> HttpAnswer:
        said = orjson.dumps({"error": secrets, "headers": dict(asked.headers), "path": asked.path})
        return HttpAnswer(401, said, {"Content-Type": "application/json", "X-Key": secrets})

    with (
        serve(echo) as base,
        open_sender(plugin, base, subject=first.subject, choices=choices_of(plugin, first)) as sender,
        pytest.raises(AskFault) as caught,
    ):
        run_asking(sender, sender.plugin.ask(first.subject))
    check_nothing_leaks(plugin, caught.value.message)


@every_provider
def test_one_that_hangs_is_left_in_time(plugin: type[ProviderPlugin]) -> None:
    [first, *_] = load(plugin).FOUND

    def hang(asked: Asked) -> HttpAnswer:
        time.sleep(1)
        return HttpAnswer(200, b"{}")

    choices = choices_of(plugin, first)
    begun = time.monotonic()
    with (
        serve(hang) as base,
        open_sender(plugin, base, subject=first.subject, choices=choices, wall_s=0.15) as sender,
        pytest.raises(AskFault) as caught,
    ):
        run_asking(sender, sender.plugin.ask(first.subject))
    assert time.monotonic() - begun < 0.9
    assert caught.value.outcome is Outcome.FAILED
    assert caught.value.was_sent


@every_provider
def test_a_look_at_what_would_be_sent_shows_no_credential(plugin: type[ProviderPlugin]) -> None:
    for recorded in load(plugin).FOUND:
        wanted = choices_of(plugin, recorded)
        if "url" in {option.name for option in plugin.options}:
            wanted.setdefault("url", "https://instance.example")
        made = plugin(fill_choices(plugin, wanted))
        asking = made.ask(recorded.subject)
        shown = show_request(made, made.choices.get("url") or made.url, next(asking))
        asking.close()
        assert shown.url.startswith("https://")
        for credential in plugin.credentials:
            whole = f"{shown.url} {shown.body} {dict(shown.headers)}"
            if credential.is_needed and credential.place is not Place.PATH:
                assert f"<{credential.title}>" in unquote_plus(whole)
