"""Answers of FileScan.io in the format of https://www.filescan.io/api/docs (reputation)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "0d" * 32
_PARAMS = {"sha256": _SHA256}

FOUND = [
    Recorded(
        name="malicious file",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            Exchange(
                path="/api/reputation/hash",
                params=_PARAMS,
                body={
                    "sha256": _SHA256,
                    "overall_verdict": "malicious",
                    "fuzzyhash": {"hash": "96:x", "verdict": "malicious"},
                    "mdcloud": {
                        "detected_av_engines": 15,
                        "total_av_engines": 21,
                        "scan_time": "2026-01-05T10:00:00.000Z",
                    },
                    "filescan_reports": [
                        {
                            "verdict": "malicious",
                            "report_date": "2026-01-05T10:05:00",
                            "report_id": "b01d2c1a-1111-4111-8111-111111111111",
                            "flow_id": "65c0",
                        },
                        {"verdict": "likely_malicious", "report_date": None, "report_id": "2"},
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("filescan.verdict", "filescan.engines"),
            summary="malicious",
            weight=2.5,
        ),
    ),
    Recorded(
        name="suspicious domain",
        subject=Subject("domain", "odd.example"),
        exchanges=[
            Exchange(
                path="/api/reputation/domain",
                params={"ioc_value": "odd.example"},
                body={
                    "ioc_type": "domain",
                    "ioc_value": "odd.example",
                    "overall_verdict": "suspicious",
                    "mdcloud": {"detected": 1},
                    "filescan_reports": [{"verdict": "suspicious", "report_id": "3"}],
                },
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS, codes=("filescan.verdict",), summary="suspicious", weight=1.2
        ),
    ),
    Recorded(
        name="address without a threat",
        subject=Subject("ipv6", "2001:db8::7"),
        exchanges=[
            Exchange(
                path="/api/reputation/ip",
                params={"ioc_value": "2001:db8::7"},
                body={
                    "ioc_type": "ip",
                    "ioc_value": "2001:db8::7",
                    "overall_verdict": "no_threat",
                    "filescan_reports": [],
                },
            )
        ],
        expect=Expected(codes=("filescan.verdict",), summary="no threat", weight=-0.4),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("url", "https://nobody.example/x"),
        exchanges=[
            Exchange(
                path="/api/reputation/url",
                params={"ioc_value": "https://nobody.example/x"},
                body={
                    "ioc_type": "url",
                    "ioc_value": "https://nobody.example/x",
                    "overall_verdict": "unknown",
                    "filescan_reports": [],
                },
            )
        ],
    )
]
UNAUTHORISED = Exchange(
    path="/api/reputation/hash", params=_PARAMS, status=401, body={"detail": "Could not validate credentials"}
)
LIMITED = Exchange(
    path="/api/reputation/hash",
    params=_PARAMS,
    status=429,
    body={"detail": "Rate limit exceeded: 10 per 1 minute"},
)
TEST = [Exchange(path="/api/users/me", body={"name": "analyst", "email": "analyst@example.org"})]
