"""Answers of PhishTank, in the format of https://phishtank.org/api_info.php.

It documents status 509 for one call too many; what it answers to a key that is not good it does not.
"""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_URL = "https://login.bad.example/office"


def _ask(url: str, results: dict[str, object]) -> Exchange:
    return Exchange(
        path="/checkurl/",
        method="POST",
        body={
            "meta": {
                "timestamp": "2026-01-31T08:15:30+00:00",
                "serverid": "example",
                "status": "success",
                "requestid": "192.0.2.1.example",
            },
            "results": {"url": url} | results,
        },
    )


def _entry(**said: object) -> dict[str, object]:
    return {
        "in_database": True,
        "phish_id": "8000001",
        "phish_detail_page": "https://www.phishtank.com/phish_detail.php?phish_id=8000001",
    } | said


FOUND = [
    Recorded(
        name="verified",
        subject=Subject("url", _URL),
        exchanges=[_ask(_URL, _entry(verified=True, verified_at="2026-01-30T08:15:30+00:00", valid=True))],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("phishtank.listed",),
            summary="verified phish",
            facts={"number": "8000001"},
            weight=4.5,
        ),
    ),
    Recorded(
        name="verified that it is none",
        subject=Subject("url", _URL),
        exchanges=[_ask(_URL, _entry(verified="y", verified_at="2026-01-30T08:15:30+00:00", valid="n"))],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("phishtank.listed",),
            summary="verified, no phish",
            facts={"number": "8000001"},
            weight=-1.2,
        ),
    ),
    Recorded(
        name="reported",
        subject=Subject("url", _URL),
        exchanges=[_ask(_URL, _entry(verified=False, verified_at=None, valid=False))],
        expect=Expected(
            codes=("phishtank.listed",),
            summary="reported, not verified",
            facts={"number": "8000001"},
            weight=0.5,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("url", "https://shop.example/"),
        exchanges=[_ask("https://shop.example/", {"in_database": False})],
    )
]
UNAUTHORISED = Exchange(
    path="/checkurl/",
    method="POST",
    body={"meta": {"status": "error"}, "errortext": "The application key is not valid"},
)
LIMITED = Exchange(
    path="/checkurl/",
    method="POST",
    status=509,
    headers={"X-Request-Limit-Interval": "300 Seconds", "X-Request-Limit": "50", "X-Request-Count": "51"},
    body=b"<html><title>509 Bandwidth Limit Exceeded</title></html>",
)
TEST = [_ask("https://example.com/", {"in_database": False})]
