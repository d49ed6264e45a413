"""Answers of an invented service, which an account of the HTTP JSON adapter describes."""

from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

CHOICES = {
    "path": "/v1/lookup?value={value}&type={kind}",
    "kinds": "ipv4 ipv6 domain url email md5 sha1 sha256 sha512",
    "header": "X-Api-Key",
    "found": "data",
    "verdict": "data.0.verdict",
    "score": "data.0.risk.score",
    "facts": "Owner=data.*.owner; Tags=data.*.tags.*",
    "pivots": "domain=data.*.hosts.*",
    "seen": "data.0.seen",
    "trust": "strong",
}


def _lookup(value: str, kind: str, body: Any, **others: Any) -> Exchange:
    return Exchange(path="/v1/lookup", params={"value": value, "type": kind}, body=body, **others)


_BAD: dict[str, Any] = {
    "data": [
        {
            "verdict": "Malware",
            "risk": {"score": 93},
            "owner": "Somebody",
            "tags": ["c2", "botnet"],
            "hosts": ["c2.example", "not a host"],
            "seen": "2026-01-02T03:04:05Z",
        }
    ]
}
FOUND = [
    Recorded(
        name="a verdict and a score",
        subject=Subject("ipv4", "192.0.2.81"),
        exchanges=[_lookup("192.0.2.81", "ipv4", _BAD)],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("http-json.verdict", "http-json.score"),
            summary="Malware, 93",
            pivots=(("domain", "c2.example"),),
            facts={"Owner": "Somebody", "Tags": "c2, botnet"},
            weight=2.5,
        ),
    ),
    Recorded(
        name="a score alone, by POST",
        subject=Subject("url", 'https://x.example/"},{"a":"{kind}'),
        choices={
            "path": "/ask",
            "method": "POST",
            "body": '{"query": {"value": "{value}"}, "n": 1}',
            "found": "",
            "verdict": "",
            "score": "score",
            "facts": "",
            "pivots": "",
            "seen": "",
            "trust": "modest",
        },
        exchanges=[
            Exchange(
                path="/ask",
                method="POST",
                sent={"query": {"value": 'https://x.example/"},{"a":"{kind}'}, "n": 1},
                body={"score": 55.5},
            )
        ],
        expect=Expected(stated=Word.SUSPICIOUS, codes=("http-json.score",), summary="55.5", weight=0.6),
    ),
    Recorded(
        name="clean domain",
        subject=Subject("domain", "plain.example"),
        exchanges=[_lookup("plain.example", "domain", {"data": [{"verdict": "clean"}]})],
        expect=Expected(stated=Word.BENIGN, codes=("http-json.verdict",), summary="clean", weight=-1.25),
    ),
]
ABSENT = [
    Recorded(
        name="an empty list",
        subject=Subject("sha256", "12" * 32),
        exchanges=[_lookup("12" * 32, "sha256", {"data": []})],
    ),
    Recorded(
        name="404",
        subject=Subject("email", "nobody@plain.example"),
        exchanges=[_lookup("nobody@plain.example", "email", b"not found", status=404)],
    ),
]
UNAUTHORISED = _lookup("192.0.2.81", "ipv4", {"error": "no such key"}, status=401)
LIMITED = _lookup("192.0.2.81", "ipv4", {"error": "slow down"}, status=429)
TEST = [_lookup("192.0.2.1", "ipv4", {"data": []})]
