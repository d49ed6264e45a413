"""Answers of Hybrid Analysis as https://hybrid-analysis.com/docs/api/v2 documents them."""

from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "3f" * 32
_CHILD = "4a" * 32
_OVERVIEW: dict[str, Any] = {
    "sha256": _SHA256,
    "last_file_name": "invoice.exe",
    "other_file_name": ["a.exe"],
    "threat_score": 94,
    "verdict": "malicious",
    "url_analysis": False,
    "size": 48128,
    "type": "PE32 executable (GUI) Intel 80386, for MS Windows",
    "type_short": ["peexe", "executable"],
    "analysis_start_time": "2026-03-02T10:11:12+00:00",
    "last_multi_scan": "2026-03-02T10:11:12+00:00",
    "tags": ["stealer"],
    "architecture": "WINDOWS",
    "vx_family": "Trojan.Invented",
    "multiscan_result": 71,
    "scanners": [
        {"name": "CrowdStrike Falcon Static Analysis (ML)", "status": "malicious", "positives": None},
        {"name": "Metadefender", "status": "malicious", "positives": 15, "total": 21, "percent": 71},
    ],
    "related_parent_hashes": [],
    "related_children_hashes": [_CHILD],
    "whitelisted": [],
}

FOUND = [
    Recorded(
        name="malicious file",
        subject=Subject("sha256", _SHA256),
        exchanges=[Exchange(path=f"/overview/{_SHA256}", body=_OVERVIEW)],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("hybrid-analysis.verdict",),
            summary="malicious with a threat score of 94 of 100",
            pivots=(("sha256", _CHILD),),
            facts={"Family": "Trojan.Invented", "Metadefender": "15 of 21 engines"},
            weight=2.5,
        ),
    ),
    Recorded(
        name="by another hash",
        subject=Subject("md5", "5b" * 16),
        exchanges=[
            Exchange(
                path="/search/hash", params={"hash": "5b" * 16}, body={"sha256s": [_SHA256], "reports": []}
            ),
            Exchange(
                path=f"/overview/{_SHA256}",
                body=_OVERVIEW | {"verdict": "whitelisted", "threat_score": 0, "vx_family": None},
            ),
        ],
        expect=Expected(
            stated=Word.BENIGN, codes=("hybrid-analysis.verdict",), pivots=(("sha256", _SHA256),), weight=-2.5
        ),
    ),
    Recorded(
        name="host that malware asked",
        subject=Subject("ipv4", "198.51.100.23"),
        exchanges=[
            Exchange(
                path="/search/terms",
                method="POST",
                sent={"host": "198.51.100.23"},
                body={
                    "search_terms": [{"id": "host", "value": "198.51.100.23"}],
                    "count": 3,
                    "result": [
                        {
                            "verdict": "malicious",
                            "av_detect": "60",
                            "threat_score": 100,
                            "vx_family": "Invented",
                            "job_id": "65e0",
                            "sha256": _SHA256,
                            "environment_id": 160,
                            "analysis_start_time": "2026-03-01 09:00:00",
                            "submit_name": "invoice.exe",
                        },
                        {"verdict": "malicious", "sha256": _CHILD, "vx_family": None, "submit_name": "b.exe"},
                        {"verdict": "no specific threat", "sha256": "6c" * 32, "submit_name": "c.exe"},
                    ],
                },
            )
        ],
        expect=Expected(
            codes=("hybrid-analysis.contacted",),
            summary="2 of 3 files are malicious",
            pivots=(("sha256", _CHILD),),
            facts={"Families": "Invented"},
            weight=1.2,
        ),
    ),
    Recorded(
        name="domain of one clean file",
        subject=Subject("domain", "plain.example"),
        exchanges=[
            Exchange(
                path="/search/terms",
                method="POST",
                sent={"domain": "plain.example"},
                body={
                    "search_terms": [],
                    "count": 1,
                    "result": [{"verdict": "no verdict", "sha256": _CHILD}],
                },
            )
        ],
        expect=Expected(codes=("hybrid-analysis.contacted",), weight=0),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("sha256", "7d" * 32),
        exchanges=[Exchange(path=f"/overview/{'7d' * 32}", status=404, body={"message": "Not Found"})],
    ),
    Recorded(
        subject=Subject("sha1", "8e" * 20),
        exchanges=[
            Exchange(path="/search/hash", params={"hash": "8e" * 20}, body={"sha256s": [], "reports": []})
        ],
    ),
    Recorded(
        subject=Subject("url", "https://nobody.example/x"),
        exchanges=[
            Exchange(
                path="/search/terms",
                method="POST",
                sent={"url": "https://nobody.example/x"},
                body={"search_terms": [], "count": 0, "result": []},
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path=f"/overview/{_SHA256}",
    status=403,
    body={"message": "Failed to find user with given API key", "validation_errors": []},
)
LIMITED = Exchange(
    path=f"/overview/{_SHA256}",
    status=429,
    headers={"Api-Limits": '{"limits":{"minute":200,"hour":2000},"used":{"minute":200,"hour":211}}'},
    body={"message": "Exceeded maximum API requests per minute(200). Please try again later."},
)
TEST = [
    Exchange(
        path="/key/current",
        body={"api_key": "not this one", "auth_level": 100, "auth_level_name": "default", "user": None},
    )
]
