from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.test import RequestFactory

from stack.api.rest.problems import Malformed, UnsupportedMediaType
from stack.api.rest.wire import JsonParser, JsonRenderer, instant, microseconds


def test_times_are_written_as_rfc_3339_in_utc() -> None:
    times = [instant(1_700_000_000_123_456), instant(0), instant(-1), instant(None)]
    assert JsonRenderer().render(RequestFactory().get("/"), times, response_status=200) == (
        b'["2023-11-14T22:13:20.123456Z","1970-01-01T00:00:00Z","1969-12-31T23:59:59.999999Z",null]'
    )


def test_times_come_back_from_any_zone() -> None:
    zone = timezone(timedelta(hours=2))
    assert microseconds(datetime(1970, 1, 1, 2, 0, 0, 5, zone)) == 5
    assert microseconds(datetime(9999, 12, 31, tzinfo=UTC)) == 253_402_214_400_000_000


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_bodies_of_another_type_are_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        JsonParser().parse_body(RequestFactory().post("/", b"{}", content_type=kind))


@pytest.mark.parametrize("body", [b"{", b"NaN", b'"\\ud800"', b"\xff"])
def test_broken_json_says_where(body: bytes) -> None:
    with pytest.raises(Malformed, match="no JSON"):
        JsonParser().parse_body(RequestFactory().post("/", body, content_type="application/json"))
