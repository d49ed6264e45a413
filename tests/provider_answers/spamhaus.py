"""Answers of Spamhaus, in the format of https://docs.spamhaus.com/sia/ (login, IP, Domains, data-anatomy)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_LOGIN = Exchange(
    path="/api/v1/login",
    method="POST",
    body={"code": 200, "token": "example.token.of-a-day", "expires": 1769986800},
)


def _listed(address: str) -> str:
    return f"/api/intel/v1/byobject/cidr/ALL/listed/live/{address}"


FOUND = [
    Recorded(
        name="controller that is infected too",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _LOGIN,
            Exchange(
                path=_listed("192.0.2.7"),
                body={
                    "code": 200,
                    "results": [
                        {
                            "ipaddress": "192.0.2.7",
                            "dataset": "BCL",
                            "listed": 1769760000,
                            "seen": 1769846400,
                            "valid_until": 1769932800,
                            "dstport": 4443,
                            "botname": "examplerat",
                            "botname_malpedia": "win.example_rat",
                            "abused": False,
                            "shared": False,
                            "asn": "64500",
                            "cc": "NL",
                            "lat": 52.37,
                            "lon": 4.9,
                        },
                        {
                            "ipaddress": "192.0.2.7",
                            "dataset": "XBL",
                            "listed": 1769750000,
                            "seen": 1769840000,
                            "valid_until": 1770444800,
                            "rule": "07e001d2",
                            "heuristic": "SPAMBOT",
                            "botname": "examplebot",
                            "dstip": "198.51.100.25",
                            "dstport": 25,
                            "protocol": "TCP",
                            "srcip": "192.0.2.7",
                            "srcport": 26023,
                            "helo": "[192.0.2.7]",
                            "subject": "Payment from your account.",
                            "asn": "64500",
                            "cc": "NL",
                            "lat": 52.37,
                            "lon": 4.9,
                        },
                    ],
                },
            ),
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=(
                "spamhaus.listed-bcl",
                "spamhaus.listed-xbl",
            ),
            summary="listed: BCL, XBL",
            facts={"bot": "examplebot", "port": "25", "AS": "AS64500", "heuristic": "SPAMBOT"},
            weight=6.5,
        ),
    ),
    Recorded(
        name="host below a domain of bad reputation",
        subject=Subject("domain", "login.bad.example"),
        exchanges=[
            _LOGIN,
            Exchange(
                path="/api/intel/v2/byobject/domain/bad.example",
                body={
                    "domain": "bad.example",
                    "last-seen": 1769846400,
                    "tags": ["phish"],
                    "abused": False,
                    "deactivated-ts": None,
                    "clusters": {"auth": "ein2aiS3ohng1Eiqu9shaiz0ethe5Afe"},
                    "whois": {
                        "created": 1767225600,
                        "expires": 1798761600,
                        "registrar": "Example Registrar",
                    },
                    "score": -32.4,
                },
            ),
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=(
                "spamhaus.reputation",
                "spamhaus.tags",
            ),
            summary="reputation -32.4",
            facts={"tags": "phish", "registrar": "Example Registrar"},
            weight=4.62,
        ),
    ),
    Recorded(
        name="domain of good reputation",
        subject=Subject("domain", "shop.example"),
        exchanges=[
            _LOGIN,
            Exchange(
                path="/api/intel/v2/byobject/domain/shop.example",
                body={
                    "domain": "shop.example",
                    "last-seen": 1769846400,
                    "tags": [],
                    "abused": False,
                    "score": 12.5,
                },
            ),
        ],
        expect=Expected(
            codes=("spamhaus.reputation",),
            summary="reputation 12.5",
            weight=-0.3,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="not listed",
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            _LOGIN,
            Exchange(path=_listed("203.0.113.9"), status=404, body={"code": 404, "message": "Not found"}),
        ],
    ),
    Recorded(
        name="an empty list, by version 6",
        subject=Subject("ipv6", "2001:db8::9"),
        exchanges=[_LOGIN, Exchange(path=_listed("2001%3Adb8%3A%3A9"), body={"code": 200, "results": []})],
    ),
]
UNAUTHORISED = Exchange(
    path="/api/v1/login", method="POST", status=401, body={"code": 401, "message": "Authentication failed"}
)
LIMITED = Exchange(
    path="/api/v1/login", method="POST", status=429, body={"code": 429, "message": "Too many requests"}
)
TEST = [_LOGIN]
