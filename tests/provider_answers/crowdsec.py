"""Answers of CrowdSec, in the format of https://docs.crowdsec.net/u/cti_api/intro (smoke)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded


def _labelled(name: str, label: str) -> dict[str, object]:
    return {"name": name, "label": label, "description": f"{label}.", "references": []}


FOUND = [
    Recorded(
        name="attacker",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/smoke/192.0.2.7",
                body={
                    "ip": "192.0.2.7",
                    "reputation": "malicious",
                    "confidence": "high",
                    "background_noise": "medium",
                    "background_noise_score": 7,
                    "ip_range": "192.0.2.0/24",
                    "ip_range_score": 5,
                    "as_name": "Example Hosting",
                    "as_num": 64500,
                    "location": {"country": "NL", "city": "Amsterdam", "latitude": 52.37, "longitude": 4.9},
                    "reverse_dns": "host7.hosting.example",
                    "behaviors": [
                        _labelled("http:scan", "HTTP Scan"),
                        _labelled("http:exploit", "HTTP Exploit"),
                    ],
                    "history": {
                        "first_seen": "2025-06-13T19:00:00+00:00",
                        "last_seen": "2026-01-31T08:15:00+00:00",
                        "full_age": 232,
                        "days_age": 231,
                    },
                    "classifications": {
                        "false_positives": [],
                        "classifications": [_labelled("community-blocklist", "CrowdSec Community Blocklist")],
                    },
                    "attack_details": [
                        _labelled("crowdsecurity/CVE-2022-26134", "Confluence CVE-2022-26134")
                    ],
                    "mitre_techniques": [_labelled("T1595", "Active Scanning")],
                    "cves": ["CVE-2022-26134"],
                    "scores": {
                        "overall": {"aggressiveness": 5, "threat": 2, "trust": 5, "anomaly": 1, "total": 4}
                    },
                    "references": [_labelled("list:firehol_cybercrime", "Firehol cybercrime tracker list")],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("crowdsec.reputation",),
            summary="malicious, 2 sorts of behaviour",
            pivots=(
                ("cve", "CVE-2022-26134"),
                ("domain", "host7.hosting.example"),
            ),
            facts={
                "behaviour": "HTTP Scan, HTTP Exploit",
                "attacks": "Confluence CVE-2022-26134",
                "techniques": "T1595",
            },
            weight=2.5,
        ),
    ),
    Recorded(
        name="scanner that is known to be good, by version 6",
        subject=Subject("ipv6", "2001:db8::4"),
        exchanges=[
            Exchange(
                path="/smoke/2001%3Adb8%3A%3A4",
                body={
                    "ip": "2001:db8::4",
                    "reputation": "safe",
                    "confidence": "high",
                    "background_noise": "high",
                    "as_name": "Example Research",
                    "as_num": 64501,
                    "location": {"country": "US", "city": None, "latitude": None, "longitude": None},
                    "reverse_dns": None,
                    "behaviors": [],
                    "history": {
                        "first_seen": "2025-01-01T00:00:00+00:00",
                        "last_seen": "2026-01-31T08:15:00+00:00",
                    },
                    "classifications": {
                        "false_positives": [_labelled("seo_crawler", "SEO crawler")],
                        "classifications": [],
                    },
                    "attack_details": [],
                    "references": [],
                },
            )
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=(
                "crowdsec.reputation",
                "crowdsec.false-positive",
            ),
            summary="safe, 0 sorts of behaviour",
            facts={"background noise": "high", "AS": "AS64501", "AS owner": "Example Research"},
            weight=-5.0,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            Exchange(
                path="/smoke/203.0.113.9", status=404, body={"message": "IP address information not found"}
            )
        ],
    )
]
UNAUTHORISED = Exchange(path="/smoke/192.0.2.7", status=403, body={"message": "Forbidden"})
LIMITED = Exchange(path="/smoke/192.0.2.7", status=429, body={"message": "Limit Exceeded"})
TEST = [Exchange(path="/smoke/1.1.1.1", body={"ip": "1.1.1.1", "reputation": "safe", "confidence": "high"})]
