"""Answers of IPinfo, in the format of https://ipinfo.io/developers (Lite, and Lookup of Core and Plus)."""

from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_LOOKUP = {"plan": "lookup"}
FOUND = [
    Recorded(
        name="free plan",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/lite/192.0.2.7",
                body={
                    "ip": "192.0.2.7",
                    "asn": "AS64500",
                    "as_name": "Example Hosting",
                    "as_domain": "hosting.example",
                    "country_code": "NL",
                    "country": "Netherlands",
                    "continent_code": "EU",
                    "continent": "Europe",
                },
            )
        ],
        expect=Expected(
            codes=(),
            summary="Example Hosting, NL",
            facts={"AS": "AS64500", "AS owner": "Example Hosting", "domain of the AS": "hosting.example"},
            weight=0,
        ),
    ),
    Recorded(
        name="VPN, by version 6",
        subject=Subject("ipv6", "2001:db8::7"),
        choices=_LOOKUP,
        exchanges=[
            Exchange(
                path="/lookup/2001%3Adb8%3A%3A7",
                body={
                    "ip": "2001:db8::7",
                    "hostname": "exit7.vpn.example",
                    "geo": {
                        "city": "Amsterdam",
                        "region": "North Holland",
                        "region_code": "NH",
                        "country": "Netherlands",
                        "country_code": "NL",
                        "continent": "Europe",
                        "latitude": 52.37,
                        "longitude": 4.9,
                        "timezone": "Europe/Amsterdam",
                        "postal_code": "1012",
                    },
                    "as": {
                        "asn": "AS64500",
                        "name": "Example Hosting",
                        "domain": "hosting.example",
                        "type": "hosting",
                        "last_changed": "2025-11-24",
                    },
                    "anonymous": {
                        "name": "Example VPN",
                        "is_proxy": False,
                        "is_relay": False,
                        "is_tor": False,
                        "is_vpn": True,
                    },
                    "is_anonymous": True,
                    "is_anycast": False,
                    "is_hosting": True,
                    "is_mobile": False,
                    "is_satellite": False,
                },
            )
        ],
        expect=Expected(
            codes=("ipinfo.anonymous",),
            summary="Example Hosting, Amsterdam, NL, vpn",
            pivots=(("domain", "exit7.vpn.example"),),
            facts={
                "AS": "AS64500",
                "AS owner": "Example Hosting",
                "domain of the AS": "hosting.example",
                "type of the AS": "hosting",
            },
            weight=0.5,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="not of the Internet",
        subject=Subject("ipv4", "10.1.2.3"),
        exchanges=[Exchange(path="/lite/10.1.2.3", body={"ip": "10.1.2.3", "bogon": True})],
    )
]
UNAUTHORISED = Exchange(
    path="/lite/192.0.2.7",
    status=403,
    body={
        "status": 403,
        "error": {
            "title": "Unknown token",
            "message": "Please ensure you've entered your token correctly.",
        },
    },
)
LIMITED = Exchange(
    path="/lite/192.0.2.7",
    status=429,
    body={
        "status": 429,
        "error": {"title": "Rate limit exceeded", "message": "You've hit the limit for the month."},
    },
)
TEST = [
    Exchange(
        path="/lite/8.8.8.8",
        body={"ip": "8.8.8.8", "asn": "AS64502", "as_name": "Example DNS", "country_code": "US"},
    )
]
