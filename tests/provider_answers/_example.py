"""Answers of the example service, in its invented format."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

FOUND = [
    Recorded(
        name="bad address",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/reputation/192.0.2.7",
                body={"data": {"score": 91, "reports": 12, "country": "NL", "unknown": {"more": 1}}},
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("example.score",),
            summary="score 91 of 100",
            facts={"Country": "NL"},
            weight=2.5,
        ),
    ),
    Recorded(
        name="unremarkable domain",
        subject=Subject("domain", "plain.example"),
        exchanges=[Exchange(path="/reputation/plain.example", body={"data": {"score": 0}})],
        expect=Expected(codes=("example.score",), summary="score 0 of 100", weight=0),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("ipv4", "192.0.2.8"),
        exchanges=[Exchange(path="/reputation/192.0.2.8", status=404, body={"error": "not found"})],
    )
]
UNAUTHORISED = Exchange(path="/reputation/192.0.2.7", status=401, body={"error": "The key is not valid"})
LIMITED = Exchange(path="/reputation/192.0.2.7", status=429, body={"error": "Slow down"})
TEST = [Exchange(path="/quota", body={"left": 480})]
