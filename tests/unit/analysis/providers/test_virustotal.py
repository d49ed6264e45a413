"""What VirusTotal is asked, and how its descriptors are read."""

import pytest

from stack.analysis.answers import Word
from stack.analysis.providers.virustotal import Provider
from stack.analysis.subjects import Subject
from tests.asking import drive


def report(value: str, kind: str, stats: dict[str, int], **relationships: object) -> dict[str, object]:
    return {
        "data": {
            "id": value,
            "type": kind,
            "attributes": {"last_analysis_stats": stats},
            "relationships": relationships,
        }
    }


def test_a_url_is_asked_by_its_base64_without_padding() -> None:
    [request], answer = drive(
        Provider({"relations": "no"}),
        Subject("url", "https://a.example/?ä"),
        [(404, {"error": {"code": "NotFoundError"}})],
    )
    assert request.path == "/urls/aHR0cHM6Ly9hLmV4YW1wbGUvP8Ok"
    assert not answer.is_found


@pytest.mark.parametrize(
    ("subject", "identity", "value"),
    [
        (Subject("ipv4", "192.0.2.7"), "192.0.2.7panel.example", "panel.example"),
        (Subject("domain", "panel.example"), "192.0.2.7panel.example", "192.0.2.7"),
        (Subject("domain", "panel.example"), "2001:db8::7panel.example", "2001:db8::7"),
    ],
)
def test_a_resolution_is_an_address_and_a_name_in_one(subject: Subject, identity: str, value: str) -> None:
    related = {"data": [{"type": "resolution", "id": identity}]}
    body = report(subject.value, "x", {"harmless": 60}, resolutions=related)
    _, answer = drive(Provider({}), subject, [body])
    assert [(pivot.value, pivot.relation) for pivot in answer.pivots] == [(value, "resolves-to")]


@pytest.mark.parametrize(
    ("stats", "stated"),
    [
        ({"malicious": 1, "harmless": 89}, Word.UNKNOWN),
        ({"malicious": 4, "harmless": 86}, Word.SUSPICIOUS),
        ({"malicious": 10, "harmless": 80}, Word.MALICIOUS),
        ({"harmless": 90}, Word.BENIGN),
        ({"harmless": 4}, Word.UNKNOWN),
    ],
)
def test_one_word_for_many_votes(stats: dict[str, int], stated: Word) -> None:
    subject = Subject("domain", "a.example")
    _, answer = drive(Provider({}), subject, [report("a.example", "domain", stats)])
    assert answer.stated is stated
