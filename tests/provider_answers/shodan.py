"""Answers of Shodan, in the format of https://developer.shodan.io/api (`/shodan/host/{ip}`, `/api-info`)."""

from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_PRINT = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
FOUND = [
    Recorded(
        name="controller",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/shodan/host/192.0.2.7",
                body={
                    "ip": 3221225991,
                    "ip_str": "192.0.2.7",
                    "ports": [443, 22],
                    "hostnames": ["host7.hosting.example"],
                    "domains": ["hosting.example"],
                    "tags": ["c2", "self-signed"],
                    "vulns": ["CVE-2021-44228", "CVE-2023-48795"],
                    "org": "Example Hosting",
                    "isp": "Example Hosting",
                    "asn": "AS64500",
                    "os": None,
                    "country_code": "NL",
                    "country_name": "Netherlands",
                    "city": "Amsterdam",
                    "region_code": "NH",
                    "latitude": 52.37,
                    "longitude": 4.9,
                    "last_update": "2026-01-31T08:15:30.123456",
                    "data": [
                        {
                            "port": 443,
                            "transport": "tcp",
                            "product": "Example C2",
                            "timestamp": "2026-01-31T08:15:30.123456",
                            "hash": -1,
                            "data": "HTTP/1.1 404 Not Found",
                            "http": {"status": 404, "title": None, "server": "nginx"},
                            "ssl": {
                                "jarm": "07d14d16d21d21d07c42d41d00041d24",
                                "cert": {"fingerprint": {"sha1": "2c9e8ab3", "sha256": _PRINT}},
                            },
                        },
                        {
                            "port": 22,
                            "transport": "tcp",
                            "product": "OpenSSH",
                            "version": "9.2p1",
                            "timestamp": "2026-01-30T08:15:30.123456",
                        },
                    ],
                },
            )
        ],
        expect=Expected(
            codes=(
                "shodan.tag-c2",
                "shodan.vulnerable",
            ),
            summary="open ports: 22, 443",
            pivots=(
                ("cve", "CVE-2021-44228"),
                ("cve", "CVE-2023-48795"),
                ("domain", "host7.hosting.example"),
            ),
            facts={
                "ports": "22, 443",
                "tags": "c2, self-signed",
                "organisation": "Example Hosting",
                "ISP": "Example Hosting",
                "AS": "AS64500",
                "443 certificate": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=2.75,
        ),
    ),
    Recorded(
        name="web server, by version 6",
        subject=Subject("ipv6", "2001:db8::80"),
        exchanges=[
            Exchange(
                path="/shodan/host/2001%3Adb8%3A%3A80",
                body={
                    "ip_str": "2001:db8::80",
                    "ports": [443],
                    "hostnames": [],
                    "tags": [],
                    "org": "Example Library",
                    "country_code": "DE",
                    "last_update": "2026-01-31T08:15:30.123456",
                    "data": [
                        {"port": 443, "transport": "tcp", "http": {"title": "Library", "server": "nginx"}}
                    ],
                },
            )
        ],
        expect=Expected(
            codes=(),
            summary="open ports: 443",
            facts={"ports": "443", "organisation": "Example Library", "443/tcp": "nginx Library"},
            weight=0,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            Exchange(
                path="/shodan/host/203.0.113.9",
                status=404,
                body={"error": "No information available for that IP."},
            )
        ],
    )
]
UNAUTHORISED = Exchange(
    path="/shodan/host/192.0.2.7",
    status=401,
    headers={"Content-Type": "text/html; charset=UTF-8"},
    body=b"<html><head><title>401 Unauthorized</title></head><body>This server could not verify that you are "
    b"authorized to access the document you requested.</body></html>",
)
LIMITED = Exchange(
    path="/shodan/host/192.0.2.7",
    status=429,
    body={"error": "Request rate limit reached (1/ s). Please wait a second before trying again."},
)
TEST = [
    Exchange(
        path="/api-info",
        body={
            "scan_credits": 0,
            "usage_limits": {"scan_credits": 0, "query_credits": 100},
            "plan": "dev",
            "https": False,
            "unlocked": True,
            "query_credits": 97,
        },
    )
]
