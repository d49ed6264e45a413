"""Answers of AlienVault OTX, in the format of https://otx.alienvault.com/api (indicators, sections
general and passive_dns)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"


def _pulse(number: int, name: str, **said: object) -> dict[str, object]:
    return {
        "id": f"65a00000000000000000000{number}",
        "name": name,
        "description": "",
        "modified": "2026-01-31T09:00:00.000000",
        "created": "2026-01-20T08:15:30.123000",
        "tags": ["loader"],
        "references": ["https://research.example/1"],
        "adversary": "",
        "malware_families": [],
        "attack_ids": [],
        "TLP": "white",
        "indicator_count": 30,
        "author": {"username": "someone", "id": "1"},
    } | said


def _general(indicator: str, kind: str, pulses: list[dict[str, object]], **said: object) -> dict[str, object]:
    return {
        "sections": ["general", "passive_dns"],
        "indicator": indicator,
        "type": kind,
        "base_indicator": {"id": 1, "indicator": indicator, "type": kind, "access_type": "public"},
        "pulse_info": {"count": len(pulses), "pulses": pulses, "references": []},
        "false_positive": [],
        "validation": [],
    } | said


_PULSES = [
    _pulse(
        1,
        "Example Loader, January",
        adversary="Example Bear",
        malware_families=[{"id": "Example Loader", "display_name": "Example Loader", "target": None}],
        attack_ids=[{"id": "T1059", "name": "Command and Scripting Interpreter", "display_name": "T1059"}],
    ),
    _pulse(2, "Scanners", tags=["scanner"]),
]
FOUND = [
    Recorded(
        name="address of a loader",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            Exchange(
                path="/indicators/IPv4/192.0.2.7/general",
                body=_general(
                    "192.0.2.7",
                    "IPv4",
                    _PULSES,
                    asn="AS64500 example hosting",
                    country_code="NL",
                    city="Amsterdam",
                    latitude=52.37,
                    longitude=4.9,
                    reputation=0,
                ),
            ),
            Exchange(
                path="/indicators/IPv4/192.0.2.7/passive_dns",
                body={
                    "passive_dns": [
                        {
                            "address": "192.0.2.7",
                            "first": "2026-01-02T01:02:03",
                            "last": "2026-01-30T01:02:03",
                            "hostname": "panel.bad.example",
                            "record_type": "A",
                            "asn": "AS64500 example hosting",
                        }
                    ],
                    "count": 1,
                },
            ),
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("otx.pulses",),
            summary="in 2 pulses",
            pivots=(("domain", "panel.bad.example"),),
            facts={
                "Example Loader, January": "https://otx.alienvault.com/pulse/65a000000000000000000001",
                "Scanners": "https://otx.alienvault.com/pulse/65a000000000000000000002",
                "adversaries": "Example Bear",
            },
            weight=0.92,
        ),
    ),
    Recorded(
        name="domain on a list of what is benign",
        subject=Subject("domain", "plain.example"),
        choices={"resolutions": "no"},
        exchanges=[
            Exchange(
                path="/indicators/domain/plain.example/general",
                body=_general(
                    "plain.example",
                    "domain",
                    [],
                    validation=[
                        {"source": "majestic", "message": "Whitelisted domain", "name": "Whitelisted domain"}
                    ],
                ),
            )
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("otx.validation",),
            summary="in 0 pulses",
            weight=-2.5,
        ),
    ),
    Recorded(
        name="page",
        subject=Subject("url", "http://bad.example/a"),
        exchanges=[
            Exchange(
                path="/indicators/url/http%3A%2F%2Fbad.example%2Fa/general",
                body=_general("http://bad.example/a", "url", _PULSES[:1]),
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("otx.pulses",),
            summary="in 1 pulse",
            facts={
                "Example Loader, January": "https://otx.alienvault.com/pulse/65a000000000000000000001",
                "adversaries": "Example Bear",
                "families": "Example Loader",
            },
            weight=0.5,
        ),
    ),
    Recorded(
        name="file",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            Exchange(
                path=f"/indicators/file/{_SHA256}/general", body=_general(_SHA256, "sha256", _PULSES[:1])
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("otx.pulses",),
            summary="in 1 pulse",
            facts={
                "Example Loader, January": "https://otx.alienvault.com/pulse/65a000000000000000000001",
                "adversaries": "Example Bear",
                "families": "Example Loader",
            },
            weight=0.5,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="known to nobody",
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[
            Exchange(
                path="/indicators/domain/unheard-of.example/general",
                body=_general("unheard-of.example", "domain", []),
            ),
            Exchange(
                path="/indicators/domain/unheard-of.example/passive_dns",
                body={"passive_dns": [], "count": 0},
            ),
        ],
    ),
    Recorded(
        name="no such page",
        subject=Subject("md5", "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"),
        exchanges=[
            Exchange(
                path="/indicators/file/7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d/general",
                status=404,
                body={"detail": "endpoint not found"},
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path="/indicators/IPv4/192.0.2.7/general", status=403, body={"detail": "Authentication required"}
)
LIMITED = Exchange(
    path="/indicators/IPv4/192.0.2.7/general", status=429, body={"detail": "Request was throttled."}
)
TEST = [Exchange(path="/users/me", body={"username": "somebody", "member_since": "30 days ago"})]
