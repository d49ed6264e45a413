"""Answers of IBM X-Force, in the format of https://api.xforce.ibmcloud.com/doc/ (ipr, url, malware)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"


def _address(address: str, score: float, cats: dict[str, int]) -> dict[str, object]:
    return {
        "ip": address,
        "history": [
            {
                "created": "2025-03-22T07:26:00.000Z",
                "reason": "Regional Internet Registry",
                "geo": {"country": "Netherlands", "countrycode": "NL"},
                "ip": "192.0.2.0/24",
                "categoryDescriptions": {},
                "reasonDescription": "One of the five RIRs announced a (new) location mapping of the IP.",
                "score": 1,
                "cats": {},
            },
            {
                "created": "2026-01-30T08:15:00.000Z",
                "reason": "Content found on multihoster",
                "ip": address,
                "score": score,
                "cats": cats,
            },
        ],
        "subnets": [{"subnet": "192.0.2.0", "score": 1, "cats": {}}],
        "cats": cats,
        "geo": {"country": "Netherlands", "countrycode": "NL"},
        "score": score,
        "reason": "Content found on multihoster",
        "reasonDescription": "",
        "categoryDescriptions": {},
        "tags": [],
    }


FOUND = [
    Recorded(
        name="controller",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/ipr/192.0.2.7",
                body=_address("192.0.2.7", 8.6, {"Botnet Command and Control Server": 86}),
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("xforce.score",),
            summary="risk 8.6 of 10, Botnet Command and Control Server 86 %",
            facts={
                "categories": "Botnet Command and Control Server 86 %",
                "reason": "Content found on multihoster",
            },
            weight=2.5,
        ),
    ),
    Recorded(
        name="unremarkable address of version 6",
        subject=Subject("ipv6", "2001:db8::80"),
        exchanges=[Exchange(path="/ipr/2001%3Adb8%3A%3A80", body=_address("2001:db8::80", 1, {}))],
        expect=Expected(
            stated=Word.UNKNOWN,
            codes=("xforce.score",),
            summary="risk 1 of 10",
            facts={"reason": "Content found on multihoster"},
            weight=0.0,
        ),
    ),
    Recorded(
        name="page",
        subject=Subject("url", "https://login.bad.example/"),
        exchanges=[
            Exchange(
                path="/url/https%3A%2F%2Flogin.bad.example%2F",
                body={
                    "result": {
                        "url": "login.bad.example",
                        "cats": {"Phishing URLs": True, "Anonymization Services": False},
                        "score": 5,
                        "categoryDescriptions": {"Phishing URLs": "Pages that imitate others."},
                    },
                    "associated": [],
                    "tags": [],
                },
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("xforce.score",),
            summary="risk 5 of 10, Phishing URLs",
            facts={"categories": "Phishing URLs"},
            weight=1.43,
        ),
    ),
    Recorded(
        name="file",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            Exchange(
                path=f"/malware/{_SHA256}",
                body={
                    "malware": {
                        "type": "sha256",
                        "created": "2026-01-30T08:15:00Z",
                        "family": ["Spam Zero-Day"],
                        "familyMembers": {"Spam Zero-Day": {"count": 5023461}},
                        "hash": _SHA256,
                        "mimetype": "application/x-dosexec",
                        "risk": "high",
                        "origins": {
                            "emails": {"rows": [], "count": 0},
                            "CnCServers": {
                                "rows": [
                                    {
                                        "type": "CnC",
                                        "ip": "192.0.2.7",
                                        "domain": "panel.bad.example",
                                        "count": 3,
                                    }
                                ],
                                "count": 1,
                            },
                            "downloadServers": {},
                            "subjects": {},
                            "external": {
                                "source": "someone",
                                "detectionCoverage": 44,
                                "family": ["examplerat"],
                                "malwareType": "Trojan",
                                "platform": "Win32",
                                "firstSeen": "2026-01-29T08:15:00Z",
                                "lastSeen": "2026-01-31T08:15:00Z",
                            },
                        },
                    },
                    "tags": [],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("xforce.risk",),
            summary="risk high, Spam Zero-Day",
            pivots=(
                ("ipv4", "192.0.2.7"),
                ("domain", "panel.bad.example"),
            ),
            facts={
                "families": "Spam Zero-Day, examplerat",
                "type": "Trojan",
                "media type": "application/x-dosexec",
            },
            weight=3.0,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[Exchange(path="/url/unheard-of.example", status=404, body={"error": "Not found."})],
    )
]
UNAUTHORISED = Exchange(path="/ipr/192.0.2.7", status=401, body={"error": "Not authorized."})
LIMITED = Exchange(
    path="/ipr/192.0.2.7", status=402, body={"error": "Monthly quota exceeded. Payment required."}
)
TEST = [Exchange(path="/ipr/1.1.1.1", body=_address("1.1.1.1", 1, {}))]
