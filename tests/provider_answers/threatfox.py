"""Answers of ThreatFox, in the format of https://threatfox.abuse.ch/api/ (search_ioc, search_hash)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
_SHA1 = "2c9e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d5f"
_MD5 = "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"


def _ask(query: dict[str, object], body: dict[str, object], status: int = 200) -> Exchange:
    return Exchange(path="/v1/", method="POST", sent=query, status=status, body=body)


def _search(term: str, *, is_exact: bool = True) -> dict[str, object]:
    return {"query": "search_ioc", "search_term": term, "exact_match": is_exact}


def _ioc(value: str, kind: str, **said: object) -> dict[str, object]:
    return {
        "id": "1400001",
        "ioc": value,
        "threat_type": "botnet_cc",
        "threat_type_desc": "Indicator that identifies a botnet command&control server (C&C)",
        "ioc_type": kind,
        "ioc_type_desc": "",
        "malware": "win.example_rat",
        "malware_printable": "Example RAT",
        "malware_alias": "ExRat",
        "malware_malpedia": "https://malpedia.example/details/win.example_rat",
        "confidence_level": 100,
        "first_seen": "2026-01-20 08:15:30 UTC",
        "last_seen": None,
        "reference": None,
        "reporter": "someone",
        "tags": ["rat"],
        "malware_samples": [],
    } | said


_NOTHING: dict[str, object] = {"query_status": "no_result", "data": "Your search did not yield any results"}
FOUND = [
    Recorded(
        name="controller among addresses that look alike",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _ask(
                _search("192.0.2.7", is_exact=False),
                {
                    "query_status": "ok",
                    "data": [
                        _ioc(
                            "192.0.2.7:4443",
                            "ip:port",
                            last_seen="2026-01-31 08:15:30 UTC",
                            reference="https://research.example/1",
                            malware_samples=[
                                {
                                    "time_stamp": "2026-01-21 08:15:30 UTC",
                                    "md5_hash": _MD5,
                                    "sha256_hash": _SHA256,
                                    "malware_bazaar": f"https://bazaar.abuse.ch/sample/{_SHA256}/",
                                }
                            ],
                        ),
                        _ioc("192.0.2.71:443", "ip:port"),
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("threatfox.indicator",),
            summary="1 indicator, Example RAT",
            pivots=(("sha256", "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"),),
            facts={
                "service": "192.0.2.7:4443",
                "reference": "https://research.example/1",
                "malware": "Example RAT",
                "tags": "rat",
            },
            weight=4.0,
        ),
    ),
    Recorded(
        name="domain with doubts",
        subject=Subject("domain", "panel.bad.example"),
        exchanges=[
            _ask(
                _search("panel.bad.example"),
                {
                    "query_status": "ok",
                    "data": [
                        _ioc(
                            "panel.bad.example", "domain", confidence_level=50, threat_type="payload_delivery"
                        )
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("threatfox.indicator",),
            summary="1 indicator, Example RAT",
            facts={"malware": "Example RAT", "tags": "rat"},
            weight=2.0,
        ),
    ),
    Recorded(
        name="file",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            _ask(
                {"query": "search_hash", "hash": _SHA256},
                {"query_status": "ok", "data": [_ioc("192.0.2.7:4443", "ip:port")]},
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("threatfox.indicator",),
            summary="1 indicator, Example RAT",
            pivots=(("ipv4", "192.0.2.7"),),
            facts={"service": "192.0.2.7:4443", "malware": "Example RAT", "tags": "rat"},
            weight=4.0,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="page",
        subject=Subject("url", "https://shop.example/"),
        exchanges=[_ask(_search("https://shop.example/"), _NOTHING)],
    ),
    Recorded(
        name="only an address that looks alike",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _ask(
                _search("192.0.2.7", is_exact=False),
                {"query_status": "ok", "data": [_ioc("192.0.2.70:443", "ip:port")]},
            )
        ],
    ),
    Recorded(name="sha1", subject=Subject("sha1", _SHA1), exchanges=[_ask(_search(_SHA1), _NOTHING)]),
]
UNAUTHORISED = _ask(_search("192.0.2.7", is_exact=False), {"query_status": "unknown_auth_key"}, 403)
LIMITED = _ask(_search("192.0.2.7", is_exact=False), {"error": "Too Many Requests"}, 429)
TEST = [_ask(_search("example.com"), _NOTHING)]
