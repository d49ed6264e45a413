import pytest
from django.test import Client

from tests.integration.api.conftest import State, assert_problem
from tests.integration.search.conftest import make_indicator

pytestmark = pytest.mark.django_db
BAD = make_indicator("203.0.113.7")


def test_one_value_is_found_fanged_or_defanged(api: Client, state: State) -> None:
    state("feed", BAD)
    for value in ("203.0.113.7", "203[.]0[.]113[.]7"):
        body = api.get("/api/v1/lookup", {"value": value}).json()
        assert (body["input"], body["value"], body["kind"], body["known"]) == (
            value,
            "203.0.113.7",
            "ipv4",
            True,
        )
        assert [row["id"] for row in body["objects"]] == [BAD["id"]]


def test_many_values_have_one_answer_each_in_order_unknown_ones_included(api: Client, state: State) -> None:
    state("feed", BAD)
    values = ["nothing.example", "203[.]0[.]113[.]7", "", "nothing.example", "\x00"]
    response = api.post("/api/v1/lookup", {"values": values}, content_type="application/json")
    answers = response.json()["answers"]
    assert [answer["input"] for answer in answers] == values
    assert [answer["known"] for answer in answers] == [False, True, False, False, False]


def test_more_than_ten_thousand_values_are_refused(api: Client) -> None:
    body = {"values": ["x"] * 10_001}
    assert_problem(api.post("/api/v1/lookup", body, content_type="application/json"), 422, "bad-input")
