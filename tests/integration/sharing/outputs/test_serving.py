"""What a firewall that polls gets, and what it costs to tell it that nothing has changed."""

import base64
import gzip
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from stack.accounts.operations import create_key, revoke_key
from stack.accounts.principal import Permission, Principal, Role
from stack.audit.queries import list_entries
from stack.core.errors import NotFound
from stack.sharing.collections.collector import catch_up
from stack.sharing.collections.operations import delete_collection
from stack.sharing.collections.records import CollectionRow
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs import serving
from stack.sharing.outputs.models import OutputKey, OutputRun
from stack.sharing.outputs.operations import (
    change_output,
    create_output,
    create_output_key,
    delete_output,
)
from stack.sharing.outputs.queries import get_output
from stack.sharing.outputs.records import NewOutputKey, OutputRow
from stack.stix.markings import TLP_20_IDS
from tests.integration.sharing.outputs.conftest import Fetch, make_ioc, state
from tests.people import make_principal

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_the_list_comes_by_key_in_the_address_or_as_credentials(
    curator: Principal, output: OutputRow, key: NewOutputKey, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"), make_ioc("worse"))
    basic = base64.b64encode(f"firewall:{key.key}".encode()).decode()
    answers = [
        fetch(),
        fetch(output.path, authorization=f"Bearer {key.key}"),
        fetch(output.path, authorization=f"Basic {basic}"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.body == b"bad.example\nworse.example\n"
        assert answer["Content-Type"] == "text/plain;charset=utf-8"
        assert answer["Content-Length"] == "26"
        assert answer["Stack-Entries"] == "2"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "private, no-cache"
        assert "set-cookie" not in {name.lower() for name in answer.headers}


def test_who_has_the_file_is_told_so_without_making_it_again(
    curator: Principal, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(curator, make_ioc("bad"))
    first = fetch()
    monkeypatch.setattr(serving, "prepare_export", None)
    for headers in (
        {"if_none_match": first["ETag"]},
        {"if_none_match": f'"x", W/{first["ETag"]}'},
        {"if_none_match": "*"},
        {"if_modified_since": first["Last-Modified"]},
    ):
        again = fetch(**headers)
        assert (again.status_code, again.body) == (304, b"")
        assert again["ETag"] == first["ETag"]
    head = fetch(method="HEAD")
    assert (head.status_code, head.body) == (200, b"")
    assert head["Content-Length"] == first["Content-Length"]


def test_a_change_makes_another_file_and_a_change_elsewhere_does_not(
    curator: Principal, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"))
    first = fetch()
    state(curator, make_ioc("bad", second=1, description="known better"))
    same = fetch(if_none_match=first["ETag"])
    assert same.status_code == 304, "the list says nothing of descriptions"
    state(curator, make_ioc("worse"))
    other = fetch(if_none_match=first["ETag"])
    assert other.status_code == 200
    assert other.body == b"bad.example\nworse.example\n"
    assert other["ETag"] != first["ETag"]


def test_what_ends_by_itself_leaves_in_time(
    curator: Principal, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = datetime.now(UTC) + timedelta(hours=1)
    state(curator, make_ioc("bad", valid_until=end.strftime("%Y-%m-%dT%H:%M:%SZ")), make_ioc("worse"))
    first = fetch()
    assert first.body.splitlines() == [b"bad.example", b"worse.example"]
    later = (time.time_ns() // 1000) + 3_601_000_000
    monkeypatch.setattr(serving, "now_us", lambda: later)
    monkeypatch.setattr("stack.sharing.exporting.operations.now_us", lambda: later)
    assert fetch(if_none_match=first["ETag"]).body == b"worse.example\n"


def test_gzip_is_given_to_who_asks(curator: Principal, fetch: Fetch) -> None:
    state(curator, make_ioc("bad"))
    packed = fetch(accept_encoding="br, gzip;q=0.5")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == b"bad.example\n"
    assert packed["ETag"].endswith('-gzip"')
    assert fetch(if_none_match=packed["ETag"], accept_encoding="gzip").status_code == 304
    assert "Content-Encoding" not in fetch(accept_encoding="gzip;q=0").headers


def test_a_key_sees_what_its_member_sees_and_no_more(
    curator: Principal, output: OutputRow, fetch: Fetch
) -> None:
    state(curator, make_ioc("open"), make_ioc("secret", object_marking_refs=[TLP_20_IDS["red"]]))
    narrow = create_output_key(curator, output.id, name="branch", tlp_ceiling=1)
    assert fetch().body == b"open.example\nsecret.example\n"
    assert fetch(narrow.path).body == b"open.example\n"
    assert OutputRun.objects.count() == 2


def test_an_audience_that_narrows_shows_at_the_next_poll(curator: Principal, output: OutputRow) -> None:
    reader = make_principal("rea", _organisation(curator), role=Role.READER, tlp_ceiling=1)
    made = create_output_key(reader, output.id, name="reader's")
    state(curator, make_ioc("bad"))
    client = Client()
    first = client.get(made.path)
    assert first.getvalue() == b"bad.example\n"
    state(curator, make_ioc("bad", second=2, object_marking_refs=[TLP_20_IDS["red"]]))
    again = client.get(made.path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.getvalue()) == (200, b"")


def _organisation(principal: Principal) -> Any:
    from stack.accounts.models import Organisation

    return Organisation.objects.get(pk=principal.organisation_id)


def test_deltas_tell_what_came_and_what_went(
    curator: Principal, collection: CollectionRow, fetch: Fetch
) -> None:
    request = ExportRequest(format="jsonl", collection=collection.uid, invalid="leave-out")
    made = create_output_key(curator, create_output(curator, title="Lines", request=request).id, name="k")
    state(curator, make_ioc("a"), make_ioc("b"))
    whole = fetch(made.path)
    assert [json.loads(line)["value"] for line in whole.body.splitlines()] == ["a.example", "b.example"]
    assert fetch(f"{made.path}?since={whole['Stack-Cursor']}").body == b""
    state(curator, make_ioc("c"), make_ioc("a", second=5, revoked=True))
    delta = fetch(f"{made.path}?since={whole['Stack-Cursor']}")
    lines = [json.loads(line) for line in delta.body.splitlines()]
    assert {line.get("value") or line["removed"] for line in lines} == {"c.example", make_ioc("a")["id"]}
    assert fetch(f"{made.path}?since={delta['Stack-Cursor']}").body == b""
    assert fetch(f"{made.path}?since=nonsense").status_code == 422


def test_a_list_has_no_deltas(curator: Principal, key: NewOutputKey, fetch: Fetch) -> None:
    answer = fetch(f"{key.path}?since=x")
    assert answer.status_code == 422
    assert b"fetch it whole" in answer.body


def test_wrong_keys_and_outputs_that_never_were_are_answered_alike(
    curator: Principal, collection: CollectionRow, output: OutputRow, key: NewOutputKey, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"))
    other = create_output(
        curator, title="Other", request=ExportRequest(format="hosts", collection=collection.uid)
    )
    other_key = create_output_key(curator, other.id, name="k")
    plain = create_key(curator, name="all")
    only_scope = create_key(curator, name="unbound", scopes=[Permission.OUTPUTS])
    wrong = f"stk_{key.prefix}_{'0' * 48}"
    paths = [f"/outputs/{output.uid}/{text}/list.txt" for text in
             (wrong, other_key.key, plain.key, only_scope.key, "x", "%00", key.key.upper())]  # fmt: skip
    paths += [
        f"/outputs/0000000000000000/{key.key}/list.txt",
        f"/outputs/{output.uid}/{key.key}/a/b",
        "/outputs/",
    ]
    revoked = create_output_key(curator, output.id, name="revoked")
    revoke_key(curator, revoked.id)
    paths.append(revoked.path)
    answers = [fetch(path) for path in paths]
    told = {
        (a.status_code, a.body, tuple(sorted((k, v) for k, v in a.headers.items() if k != "X-Request-Id")))
        for a in answers
    }
    assert len(told) == 1
    assert answers[0].status_code == 404
    refusals = [fetch(path, authorization=given) for path in (output.path, "/outputs/0/x.txt")
                for given in ("", "Bearer x", "Basic x", f"Bearer {wrong}", "Digest x")]  # fmt: skip
    assert {(a.status_code, a.body, a["WWW-Authenticate"]) for a in refusals} == {
        (401, b"This takes the key of the output.\n", 'Basic realm="Stack output", charset="UTF-8"')
    }


def test_what_the_key_may_not_see_changes_nothing_of_an_answer(
    curator: Principal, collection: CollectionRow, output: OutputRow
) -> None:
    """Neither body nor headers nor cursor tell that something came, changed or went."""
    lines = create_output(
        curator, title="L", request=ExportRequest(format="stix-lines", collection=collection.uid)
    )
    keys = [create_output_key(curator, each.id, name="k", tlp_ceiling=1) for each in (output, lines)]
    state(curator, make_ioc("open"))

    def ask() -> list[tuple[int, bytes, dict[str, str]]]:
        answers = [Client().get(key.path) for key in keys]
        return [
            (each.status_code, each.getvalue(), {k: v for k, v in each.items() if k != "X-Request-Id"})
            for each in answers
        ]

    before = ask()
    red = [TLP_20_IDS["red"]]
    state(curator, make_ioc("secret", object_marking_refs=red))
    assert ask() == before
    state(curator, make_ioc("secret", second=4, object_marking_refs=red, revoked=True))
    assert ask() == before


def test_the_key_opens_nothing_else(key: NewOutputKey) -> None:
    client = Client(headers={"authorization": f"Bearer {key.key}"})
    for path in ("/api/v1/export", "/api/v1/objects", "/api/v1/outputs", "/taxii2/"):
        assert client.get(path).status_code in {401, 403}, path


def test_a_network_bound_key_works_from_there_alone(curator: Principal, output: OutputRow) -> None:
    bound = create_output_key(curator, output.id, name="k", networks=["192.0.2.0/24"])
    assert Client().get(bound.path).status_code == 404
    assert Client(REMOTE_ADDR="192.0.2.9").get(bound.path).status_code == 200


def test_without_its_collection_an_output_answers_nothing(
    curator: Principal, collection: CollectionRow, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"))
    delete_collection(curator, collection.id)
    assert fetch().status_code == 404


def test_a_deleted_output_takes_its_keys_along(curator: Principal, output: OutputRow, fetch: Fetch) -> None:
    delete_output(curator, output.id)
    assert fetch().status_code == 404
    with pytest.raises(NotFound):
        get_output(curator, output.id)


def test_only_reading_is_possible(fetch: Fetch) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = fetch(method=method)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_fetches_and_files_are_told_to_the_organisation(
    curator: Principal, output: OutputRow, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"), make_ioc("gone", revoked=True))
    for _ in range(3):
        fetch()
    row = get_output(curator, output.id)
    [shown] = row.keys
    assert (shown.fetches, shown.name, shown.last_used_from) == (1, "firewall", "127.0.0.1")
    assert row.fetched_at == shown.fetched_at == OutputKey.objects.get().fetched_at
    assert row.last_run is not None
    assert (row.last_run.items, row.last_run.entries, row.last_run.size) == (2, 1, 12)
    assert row.last_run.left_out == (("revoked", 1),)
    assert {loss.property for loss in row.last_run.losses} >= {"name", "valid_from", "id"}
    administrator = make_principal("ada", _organisation(curator), role=Role.ORGANISATION_ADMIN)
    acts = [entry for entry in list_entries(administrator).rows if entry.name == "output.read"]
    assert len(acts) == 1, "the same file is recorded once"


def test_a_query_is_an_output_too(curator: Principal, fetch: Fetch) -> None:
    from stack.search.indexer import ensure_fresh

    state(curator, make_ioc("bad", labels=["x"]), make_ioc("fine"))
    ensure_fresh()
    made = create_output(
        curator, title="Q", request=ExportRequest(format="hosts", query="label:x", known_good="keep")
    )
    path = create_output_key(curator, made.id, name="k").path
    first = fetch(path)
    assert b"0.0.0.0 bad.example\n" in first.body
    assert b"fine" not in first.body
    assert fetch(path, if_none_match=first["ETag"]).status_code == 304


def test_a_zone_keeps_its_serial_while_it_stays_the_same_and_raises_it_when_not(
    curator: Principal, collection: CollectionRow, fetch: Fetch
) -> None:
    request = ExportRequest(format="rpz", collection=collection.uid, known_good="keep")
    path = create_output_key(curator, create_output(curator, title="Z", request=request).id, name="k").path

    def read_serial(answer: Any) -> int:
        [line] = [line for line in answer.body.decode().splitlines() if " SOA " in line]
        return int(line.split()[5])

    state(curator, make_ioc("bad"))
    first = fetch(path)
    state(curator, make_ioc("bad", second=3, description="x"))
    second = fetch(path)
    assert second.body == first.body
    state(curator, make_ioc("worse"))
    third = fetch(path)
    assert b"worse.example" in third.body
    assert read_serial(third) > read_serial(first)


def test_a_change_of_the_output_shows_at_once_under_the_same_address(
    curator: Principal, output: OutputRow, collection: CollectionRow, fetch: Fetch
) -> None:
    state(curator, make_ioc("bad"))
    first = fetch()
    request = ExportRequest(format="hosts", collection=collection.uid, known_good="keep")
    change_output(curator, output.id, request=request)
    again = fetch(if_none_match=first["ETag"])
    assert b"0.0.0.0 bad.example" in again.body


def test_no_log_has_the_key(
    curator: Principal, key: NewOutputKey, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    from stack.config.log_redaction import RedactingFormatter

    caplog.set_level(logging.DEBUG)
    fetch()
    fetch(f"/outputs/x/{key.key}/list.txt")
    fetch("/outputs/x/short-secret/list.txt")
    secret = key.key.rpartition("_")[2]
    formatter = RedactingFormatter()
    written = "\n".join(formatter.format(record) for record in caplog.records)
    assert written
    assert secret not in written
    assert "short-secret" not in written


def test_many_changes_while_polling_lose_nothing(curator: Principal, fetch: Fetch) -> None:
    """What is polled last, after everything has come to rest, is everything."""
    etag = ""
    for number in range(12):
        state(curator, make_ioc(f"n{number}"))
        answer = fetch(if_none_match=etag)
        assert len(answer.body.splitlines()) == number + 1
        etag = answer["ETag"]
    catch_up()
    assert fetch(if_none_match=etag).status_code == 304
