"""Answers of GreyNoise, in the format of https://docs.greynoise.io/reference (v3 community and v3 ip)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_FULL = {"plan": "subscription"}


def _community(address: str, **said: object) -> Exchange:
    body = {
        "ip": address,
        "noise": False,
        "riot": False,
        "classification": "unknown",
        "name": "unknown",
        "link": f"https://viz.greynoise.io/ip/{address}",
        "last_seen": "2026-01-31",
        "message": "Success",
    }
    return Exchange(path=f"/v3/community/{address}", body=body | said)


FOUND = [
    Recorded(
        name="exploits what it finds",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[_community("192.0.2.7", noise=True, classification="malicious")],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("greynoise.scanner",),
            summary="scanner, malicious",
            weight=2.5,
        ),
    ),
    Recorded(
        name="scanner of research",
        subject=Subject("ipv4", "198.51.100.4"),
        exchanges=[_community("198.51.100.4", noise=True, classification="benign", name="Example Research")],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("greynoise.scanner",),
            summary="scanner, benign",
            facts={"name": "Example Research"},
            weight=-2.5,
        ),
    ),
    Recorded(
        name="common service",
        subject=Subject("ipv4", "198.51.100.53"),
        exchanges=[
            _community("198.51.100.53", riot=True, classification="benign", name="Example Public DNS")
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("greynoise.riot",),
            summary="common service, benign",
            facts={"name": "Example Public DNS"},
            weight=-2.5,
        ),
    ),
    Recorded(
        name="whole record of a scanner",
        subject=Subject("ipv4", "192.0.2.7"),
        choices=_FULL,
        exchanges=[
            Exchange(
                path="/v3/ip/192.0.2.7",
                body={
                    "ip": "192.0.2.7",
                    "business_service_intelligence": {"found": False, "category": "", "trust_level": ""},
                    "internet_scanner_intelligence": {
                        "found": True,
                        "first_seen": "2025-12-01",
                        "last_seen": "2026-01-31",
                        "last_seen_timestamp": "2026-01-31 08:15:30",
                        "actor": "unknown",
                        "spoofable": False,
                        "classification": "malicious",
                        "cves": ["CVE-2021-44228"],
                        "bot": True,
                        "vpn": False,
                        "vpn_service": "",
                        "tor": False,
                        "tags": [
                            {
                                "id": "1",
                                "slug": "log4j-exploit",
                                "name": "Apache Log4j RCE Attempt",
                                "category": "activity",
                                "intention": "malicious",
                                "cves": ["CVE-2021-44228"],
                            }
                        ],
                        "metadata": {
                            "asn": "AS64500",
                            "source_city": "Amsterdam",
                            "source_country": "Netherlands",
                            "source_country_code": "NL",
                            "organization": "Example Hosting",
                            "category": "hosting",
                            "rdns": "host7.hosting.example",
                            "os": "Linux 3.11+",
                            "latitude": 52.37,
                            "longitude": 4.9,
                        },
                    },
                    "request_metadata": {"restricted_fields": []},
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("greynoise.scanner",),
            summary="malicious",
            pivots=(
                ("cve", "CVE-2021-44228"),
                ("domain", "host7.hosting.example"),
            ),
            facts={
                "tags": "Apache Log4j RCE Attempt",
                "bot": "yes",
                "AS": "AS64500",
                "organisation": "Example Hosting",
            },
            weight=2.5,
        ),
    ),
    Recorded(
        name="whole record of a cloud",
        subject=Subject("ipv4", "198.51.100.60"),
        choices=_FULL,
        exchanges=[
            Exchange(
                path="/v3/ip/198.51.100.60",
                body={
                    "ip": "198.51.100.60",
                    "business_service_intelligence": {
                        "found": True,
                        "category": "cloud",
                        "name": "Example Cloud",
                        "description": "Machines for rent.",
                        "explanation": "",
                        "last_updated": "2026-01-31T00:00:00Z",
                        "reference": "",
                        "trust_level": "2",
                    },
                    "internet_scanner_intelligence": {"found": False},
                },
            )
        ],
        expect=Expected(
            stated=Word.UNKNOWN,
            codes=("greynoise.riot",),
            summary="common service: Example Cloud",
            facts={"service": "Example Cloud", "description": "Machines for rent."},
            weight=-0.5,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="not seen",
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            Exchange(
                path="/v3/community/203.0.113.9",
                status=404,
                body={
                    "ip": "203.0.113.9",
                    "noise": False,
                    "riot": False,
                    "message": "IP not observed scanning the internet or contained in RIOT data set.",
                },
            )
        ],
    ),
    Recorded(
        name="not seen, by a subscription",
        subject=Subject("ipv4", "203.0.113.9"),
        choices=_FULL,
        exchanges=[
            Exchange(
                path="/v3/ip/203.0.113.9",
                body={
                    "ip": "203.0.113.9",
                    "business_service_intelligence": {"found": False},
                    "internet_scanner_intelligence": {"found": False},
                },
            )
        ],
    ),
]
UNAUTHORISED = Exchange(path="/v3/community/192.0.2.7", status=401, body={"message": "Invalid API key"})
LIMITED = Exchange(
    path="/v3/community/192.0.2.7",
    status=429,
    body={"plan": "Community", "rate-limit": "50-lookups/week", "plan_url": "https://www.greynoise.io/plans"},
)
TEST = [_community("8.8.8.8", riot=True, classification="benign", name="Example Public DNS")]
