"""Answers of Censys, in the format of https://docs.censys.com/reference (Platform API v3, get a host)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_PRINT = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"


def _host(**said: object) -> dict[str, object]:
    return {"result": {"resource": said, "extensions": {}}}


FOUND = [
    Recorded(
        name="controller",
        subject=Subject("ipv4", "192.0.2.7"),
        choices={"organization": "11111111-2222-3333-4444-555555555555"},
        exchanges=[
            Exchange(
                path="/v3/global/asset/host/192.0.2.7",
                params={"organization_id": "11111111-2222-3333-4444-555555555555"},
                body=_host(
                    ip="192.0.2.7",
                    location={
                        "continent": "Europe",
                        "country": "Netherlands",
                        "country_code": "NL",
                        "city": "Amsterdam",
                        "coordinates": {"latitude": 52.37, "longitude": 4.9},
                    },
                    autonomous_system={
                        "asn": 64500,
                        "description": "EXAMPLE-HOSTING",
                        "bgp_prefix": "192.0.2.0/24",
                        "name": "EXAMPLE-HOSTING",
                        "country_code": "NL",
                    },
                    dns={"names": ["panel.bad.example"], "reverse_dns": {"names": ["host7.hosting.example"]}},
                    operating_system={"vendor": "debian", "product": "linux", "part": "o"},
                    services=[
                        {
                            "port": 443,
                            "protocol": "HTTP",
                            "transport_protocol": "tcp",
                            "scan_time": "2026-01-31T08:15:30Z",
                            "labels": [{"value": "C2", "source": "censys"}],
                            "threats": [
                                {
                                    "id": "THREAT-1",
                                    "name": "Example C2",
                                    "type": ["COMMAND_AND_CONTROL"],
                                    "confidence": 0.9,
                                    "malware": {"name": "Example RAT"},
                                }
                            ],
                            "cert": {
                                "fingerprint_sha256": _PRINT,
                                "names": ["*.bad.example", "localhost"],
                            },
                        },
                        {
                            "port": 22,
                            "protocol": "SSH",
                            "transport_protocol": "tcp",
                            "scan_time": "2026-01-30T08:15:30Z",
                            "software": [{"vendor": "openbsd", "product": "openssh", "version": "9.2p1"}],
                            "vulns": [{"id": "CVE-2023-48795", "severity": "medium"}],
                        },
                    ],
                    service_count=2,
                ),
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("censys.threat",),
            summary="2 open ports, 1 threat",
            pivots=(
                ("domain", "bad.example"),
                ("cve", "CVE-2023-48795"),
                ("domain", "panel.bad.example"),
                ("domain", "host7.hosting.example"),
            ),
            facts={
                "443/tcp": "HTTP",
                "443 certificate": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
                "certifies": "localhost",
                "22/tcp": "SSH, openbsd openssh 9.2p1",
                "AS": "AS64500",
                "network": "192.0.2.0/24",
            },
            weight=2.7,
        ),
    ),
    Recorded(
        name="web server, by version 6",
        subject=Subject("ipv6", "2001:db8::80"),
        exchanges=[
            Exchange(
                path="/v3/global/asset/host/2001%3Adb8%3A%3A80",
                body=_host(
                    ip="2001:db8::80",
                    autonomous_system={"asn": 64501, "name": "EXAMPLE-LIBRARY"},
                    services=[{"port": 443, "protocol": "HTTP", "transport_protocol": "tcp"}],
                    service_count=1,
                ),
            )
        ],
        expect=Expected(
            codes=(),
            summary="1 open port, 0 threats",
            facts={"443/tcp": "HTTP", "AS": "AS64501", "AS owner": "EXAMPLE-LIBRARY"},
            weight=0,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="not found",
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            Exchange(
                path="/v3/global/asset/host/203.0.113.9",
                status=404,
                headers={"Content-Type": "application/problem+json"},
                body={"title": "Not Found", "status": 404, "detail": "host not found"},
            )
        ],
    ),
    Recorded(
        name="nothing there",
        subject=Subject("ipv4", "203.0.113.10"),
        exchanges=[Exchange(path="/v3/global/asset/host/203.0.113.10", body=_host(ip="203.0.113.10"))],
    ),
]
UNAUTHORISED = Exchange(
    path="/v3/global/asset/host/192.0.2.7",
    params={"organization_id": "11111111-2222-3333-4444-555555555555"},
    status=401,
    body={"error": {"code": 401, "status": "Unauthorized", "message": "Access credentials are invalid"}},
)
LIMITED = Exchange(
    path="/v3/global/asset/host/192.0.2.7",
    params={"organization_id": "11111111-2222-3333-4444-555555555555"},
    status=429,
    body={"title": "Too Many Requests", "status": 429, "detail": "rate limit exceeded"},
)
TEST = [Exchange(path="/v3/global/asset/host/1.1.1.1", body=_host(ip="1.1.1.1", services=[]))]
