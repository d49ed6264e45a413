"""Answers of MISP in the format of https://www.misp-project.org/openapi/ (restSearchAttributes)."""

from typing import Any

from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_PATH = "/attributes/restSearch"


def _attribute(value: str, event: str, **others: Any) -> dict[str, Any]:
    return {
        "id": "103",
        "event_id": event,
        "object_id": "0",
        "category": "Network activity",
        "type": "ip-dst",
        "to_ids": True,
        "uuid": "5f6a0b1c-0d3e-4a5b-8c7d-9e0f1a2b3c4d",
        "timestamp": "1767225600",
        "distribution": "5",
        "comment": "beacons every hour",
        "deleted": False,
        "value": value,
        "Event": {"id": event, "info": "A campaign that was invented", "org_id": "1", "uuid": "x"},
        "Tag": [{"id": "3", "name": "tlp:amber", "colour": "#ffc000"}],
    } | others


def _exchange(*attributes: dict[str, Any]) -> Exchange:
    return Exchange(path=_PATH, method="POST", body={"response": {"Attribute": list(attributes)}})


def _sent(value: str) -> dict[str, Any]:
    return {
        "returnFormat": "json",
        "value": value,
        "limit": 100,
        "includeContext": True,
        "includeEventTags": True,
        "includeSightings": True,
        "includeWarninglistHits": True,
        "enforceWarninglist": False,
    }


FOUND = [
    Recorded(
        name="in two events, for detection",
        subject=Subject("ipv4", "192.0.2.44"),
        exchanges=[
            Exchange(
                path=_PATH,
                method="POST",
                sent=_sent("192.0.2.44"),
                body={
                    "response": {
                        "Attribute": [
                            _attribute("192.0.2.44", "11", Sighting=[{"id": "1", "type": "0"}]),
                            _attribute("192.0.2.44|8080", "12", type="ip-dst|port"),
                            _attribute("192.0.2.4%", "13"),
                        ]
                    }
                },
            )
        ],
        expect=Expected(
            codes=("misp.events", "misp.sightings"),
            summary="in 2 events, 2 of 2 attributes for detection",
            facts={"Event 11": "A campaign that was invented", "Tags": "tlp:amber"},
            weight=3.5,
        ),
    ),
    Recorded(
        name="only context, and on a warning list",
        subject=Subject("domain", "plain.example"),
        exchanges=[
            _exchange(
                _attribute(
                    "plain.example",
                    "20",
                    type="domain",
                    to_ids=False,
                    comment="",
                    Sighting=[{"type": "1"}],
                    warnings=[{"match": "plain.example", "warninglist_name": "Top 1000 websites"}],
                )
            )
        ],
        expect=Expected(codes=("misp.events", "misp.false-positive", "misp.warning-lists"), weight=-1.9),
    ),
    Recorded(
        name="a hash",
        subject=Subject("sha256", "ab" * 32),
        exchanges=[_exchange(_attribute("AB" * 32, "31", type="sha256", category="Payload delivery"))],
        expect=Expected(codes=("misp.events",), weight=2.5),
    ),
]
ABSENT = [
    Recorded(subject=Subject("email", "nobody@plain.example"), exchanges=[_exchange()]),
    Recorded(
        name="a pattern that matched something else",
        subject=Subject("url", "https://plain.example/a%20b"),
        exchanges=[_exchange(_attribute("https://plain.example/a-20b", "40", type="url"))],
    ),
]
UNAUTHORISED = Exchange(
    path=_PATH,
    method="POST",
    status=403,
    body={
        "name": "Authentication failed. Please make sure you pass the API key of an API enabled user along.",
        "message": "Authentication failed.",
        "url": "/attributes/restSearch",
    },
)
LIMITED = Exchange(
    path=_PATH,
    method="POST",
    status=429,
    headers={"X-Rate-Limit-Limit": "100", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "300"},
    body={"name": "Rate limit exceeded.", "message": "Rate limit exceeded.", "url": "/attributes/restSearch"},
)
TEST = [
    Exchange(
        path="/servers/getVersion", body={"version": "2.5.12", "perm_sync": False, "perm_sighting": True}
    )
]
