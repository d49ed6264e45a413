"""Answers of Shodan InternetDB, in the format of https://internetdb.shodan.io/docs."""

from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

FOUND = [
    Recorded(
        name="machine that was taken over",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/192.0.2.7",
                body={
                    "cpes": ["cpe:/a:openbsd:openssh:9.2p1"],
                    "hostnames": ["host7.hosting.example", "not a name"],
                    "ip": "192.0.2.7",
                    "ports": [443, 22],
                    "tags": ["compromised", "cloud"],
                    "vulns": ["CVE-2023-48795"],
                },
            )
        ],
        expect=Expected(
            codes=(
                "shodan-internetdb.tag-compromised",
                "shodan-internetdb.vulnerable",
            ),
            summary="open ports: 22, 443",
            pivots=(
                ("cve", "CVE-2023-48795"),
                ("domain", "host7.hosting.example"),
            ),
            facts={
                "resolves to": "not a name",
                "ports": "22, 443",
                "tags": "compromised, cloud",
                "products": "cpe:/a:openbsd:openssh:9.2p1",
            },
            weight=1.45,
        ),
    ),
    Recorded(
        name="web server, by version 6",
        subject=Subject("ipv6", "2001:db8::80"),
        exchanges=[
            Exchange(
                path="/2001%3Adb8%3A%3A80",
                body={
                    "cpes": [],
                    "hostnames": [],
                    "ip": "2001:db8::80",
                    "ports": [443],
                    "tags": [],
                    "vulns": [],
                },
            )
        ],
        expect=Expected(
            codes=(),
            summary="open ports: 443",
            facts={"ports": "443"},
            weight=0,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[Exchange(path="/203.0.113.9", status=404, body={"detail": "No information available"})],
    )
]
UNAUTHORISED = None
LIMITED = Exchange(path="/192.0.2.7", status=429, body={"detail": "Too many requests"})
TEST = [
    Exchange(
        path="/1.1.1.1",
        body={"cpes": [], "hostnames": [], "ip": "1.1.1.1", "ports": [53], "tags": [], "vulns": []},
    )
]
