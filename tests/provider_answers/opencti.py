"""Answers of OpenCTI 6 over GraphQL (https://docs.opencti.io/latest/reference/api/)."""

from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded


def _indicator(number: int, **others: Any) -> dict[str, Any]:
    return {
        "id": f"0a0a0a0a-0000-4000-8000-{number:012}",
        "name": "192.0.2.60",
        "pattern_type": "stix",
        "revoked": False,
        "valid_from": "2026-01-01T00:00:00.000Z",
        "valid_until": "2099-01-01T00:00:00.000Z",
        "x_opencti_score": 90,
        "x_opencti_detection": True,
        "created_by": {"name": "A vendor"},
        "labels": [{"value": "botnet"}],
    } | others


def _observable(**others: Any) -> dict[str, Any]:
    return {
        "id": "1b1b1b1b-0000-4000-8000-000000000001",
        "entity_type": "IPv4-Addr",
        "observable_value": "192.0.2.60",
        "x_opencti_score": 85,
        "created_at": "2026-01-02T00:00:00.000Z",
        "updated_at": "2026-01-03T00:00:00.000Z",
        "created_by": None,
        "labels": [],
        "indicators": {"edges": []},
    } | others


def _exchange(observables: list[dict[str, Any]], indicators: list[dict[str, Any]]) -> Exchange:
    return Exchange(
        path="/graphql",
        method="POST",
        body={
            "data": {
                "observables": {"edges": [{"node": each} for each in observables]},
                "indicators": {"edges": [{"node": each} for each in indicators]},
            }
        },
    )


FOUND = [
    Recorded(
        name="indicator and observable",
        subject=Subject("ipv4", "192.0.2.60"),
        exchanges=[
            _exchange(
                [_observable(indicators={"edges": [{"node": _indicator(1)}]})],
                [_indicator(1), _indicator(2, revoked=True, x_opencti_score=100)],
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("opencti.indicator", "opencti.observable"),
            summary="1 observable, 2 indicators",
            facts={"Labels": "botnet"},
            weight=4.8,
        ),
    ),
    Recorded(
        name="an indicator of the past",
        subject=Subject("domain", "old.example"),
        exchanges=[
            _exchange([], [_indicator(3, name="old.example", valid_until="2020-01-01T00:00:00.000Z")])
        ],
        expect=Expected(codes=("opencti.past-indicator",), weight=0),
    ),
    Recorded(
        name="a file nobody judged",
        subject=Subject("sha256", "cd" * 32),
        exchanges=[_exchange([_observable(entity_type="StixFile", x_opencti_score=50)], [])],
        expect=Expected(codes=("opencti.observable",), weight=0.5),
    ),
]
ABSENT = [
    Recorded(subject=Subject("url", "https://plain.example/"), exchanges=[_exchange([], [])]),
    Recorded(subject=Subject("email", "nobody@plain.example"), exchanges=[_exchange([], [])]),
]
UNAUTHORISED = Exchange(
    path="/graphql",
    method="POST",
    body={
        "errors": [
            {
                "message": "You must be logged in to do this.",
                "locations": [{"line": 2, "column": 3}],
                "path": ["observables"],
                "extensions": {"code": "AUTH_REQUIRED", "data": {"http_status": 401, "genre": "TECHNICAL"}},
            }
        ],
        "data": None,
    },
)
LIMITED = Exchange(
    path="/graphql", method="POST", status=429, body=b"Too many requests, please try again later."
)
TEST = [
    Exchange(
        path="/graphql",
        method="POST",
        body={"data": {"me": {"name": "stack"}, "about": {"version": "6.4.2"}}},
    )
]
