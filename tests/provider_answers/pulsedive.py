"""Answers of Pulsedive, in the format of https://docs.pulsedive.com/api/indicator/overview."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded


def _indicator(value: str, kind: str, **said: object) -> Exchange:
    body: dict[str, object] = {
        "qid": None,
        "iid": 123,
        "indicator": value,
        "type": kind,
        "risk": "unknown",
        "risk_recommended": "unknown",
        "manualrisk": 0,
        "retired": 0,
        "stamp_added": "2025-05-19 14:23:45",
        "stamp_updated": "2026-01-31 08:15:30",
        "stamp_seen": "2026-01-31 08:15:30",
        "recent": 1,
        "submissions": 2,
        "umbrella_rank": None,
        "riskfactors": [],
        "threats": [],
        "feeds": [],
        "comments": [],
        "attributes": {"port": ["443", "80"], "protocol": ["HTTP", "HTTPS"]},
        "properties": {},
    }
    return Exchange(path="/info.php", params={"indicator": value}, body=body | said)


FOUND = [
    Recorded(
        name="bad domain",
        subject=Subject("domain", "panel.bad.example"),
        exchanges=[
            _indicator(
                "panel.bad.example",
                "domain",
                risk="high",
                riskfactors=[
                    {"rfid": 1, "description": "found in threat feeds", "risk": "medium"},
                    {"rfid": 2, "description": "registration is older than a year", "risk": "none"},
                ],
                threats=[{"tid": 1, "name": "Example RAT", "category": "malware", "risk": "high"}],
                feeds=[
                    {
                        "fid": 1,
                        "name": "Example Bad Domains",
                        "category": "malware",
                        "organization": "someone",
                    }
                ],
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=(
                "pulsedive.risk",
                "pulsedive.threats",
            ),
            summary="risk high, 1 feed, 1 threat",
            facts={
                "threats": "Example RAT",
                "feeds": "Example Bad Domains (someone)",
                "risk factors": "found in threat feeds",
            },
            weight=3.7,
        ),
    ),
    Recorded(
        name="unremarkable address",
        subject=Subject("ipv4", "198.51.100.20"),
        exchanges=[_indicator("198.51.100.20", "ip", risk="none")],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("pulsedive.risk",),
            summary="risk none, 0 feeds, 0 threats",
            weight=-0.5,
        ),
    ),
    Recorded(
        name="page that nobody rated",
        subject=Subject("url", "https://shop.example/"),
        exchanges=[_indicator("https://shop.example/", "url", umbrella_rank=11032)],
        expect=Expected(
            stated=Word.UNKNOWN,
            codes=("pulsedive.risk",),
            summary="risk unknown, 0 feeds, 0 threats",
            facts={"rank at Umbrella": "11032"},
            weight=0.0,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("ipv6", "2001:db8::9"),
        exchanges=[
            Exchange(
                path="/info.php",
                params={"indicator": "2001:db8::9"},
                status=404,
                body={"error": "Indicator not found."},
            )
        ],
    ),
    Recorded(
        name="said in a body of status 200",
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[
            Exchange(
                path="/info.php",
                params={"indicator": "unheard-of.example"},
                body={"error": "Indicator not found."},
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path="/info.php",
    params={"indicator": "panel.bad.example"},
    status=401,
    body={"error": "Invalid API key."},
)
LIMITED = Exchange(
    path="/info.php",
    params={"indicator": "panel.bad.example"},
    status=429,
    body={"error": "Rate limit exceeded."},
)
TEST = [_indicator("pulsedive.com", "domain", risk="none")]
