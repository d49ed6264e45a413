"""Answers of MetaDefender Cloud in the format of its API v4 (hash lookup, ip-domain)."""

from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "1A" * 32
_HASH: dict[str, Any] = {
    "scan_result_history_length": 4,
    "file_id": "bzE5",
    "data_id": "bzI2",
    "sanitized": {"result": "Error"},
    "process_info": {"progress_percentage": 100, "result": "Blocked", "blocked_reason": "Infected"},
    "scan_results": {
        "scan_details": {
            "Engine One": {
                "wait_time": 1,
                "threat_found": "Trojan.Invented",
                "scan_result_i": 1,
                "def_time": "x",
            },
            "Engine Two": {"wait_time": 1, "threat_found": "", "scan_result_i": 0},
        },
        "rescan_available": True,
        "scan_all_result_i": 1,
        "start_time": "2026-02-10T08:00:00.000Z",
        "total_time": 900,
        "total_avs": 24,
        "total_detected_avs": 18,
        "progress_percentage": 100,
        "scan_all_result_a": "Infected",
    },
    "file_info": {
        "file_size": 4096,
        "upload_timestamp": "2026-02-10T08:00:00.000Z",
        "md5": "2B" * 16,
        "sha1": "3C" * 20,
        "sha256": _SHA256,
        "file_type_category": "E",
        "file_type_description": "Windows Portable Executable",
        "file_type_extension": "exe",
        "display_name": "invoice.exe",
    },
    "threat_name": "Trojan/Invented",
    "malware_type": ["trojan"],
    "malware_family": "invented",
}
_CLEAN: dict[str, Any] = _HASH | {
    "scan_results": _HASH["scan_results"] | {"total_detected_avs": 0, "scan_details": {}},
    "threat_name": None,
    "malware_family": None,
}


def _listed(value: str, *sources: dict[str, Any]) -> dict[str, Any]:
    bad = sum(source["status"] == 1 for source in sources)
    return {
        "address": value,
        "lookup_results": {
            "start_time": "2026-02-10T08:00:00.000Z",
            "detected_by": bad,
            "sources": list(sources),
        },
        "geo_info": {"country": {"code": "NL", "geoname_id": 2750405, "name": "Netherlands"}},
    }


FOUND = [
    Recorded(
        name="infected file",
        subject=Subject("sha256", _SHA256.lower()),
        exchanges=[Exchange(path=f"/hash/{_SHA256.lower()}", body=_HASH)],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("metadefender.engines",),
            summary="18 of 24 engines",
            pivots=(("md5", "2b" * 16), ("sha1", "3c" * 20)),
            facts={"Detected as": "Trojan.Invented", "Family": "invented"},
            weight=3.6,
        ),
    ),
    Recorded(
        name="clean file",
        subject=Subject("sha256", _SHA256.lower()),
        exchanges=[Exchange(path=f"/hash/{_SHA256.lower()}", body=_CLEAN)],
        expect=Expected(codes=("metadefender.engines",), summary="0 of 24 engines", weight=-1),
    ),
    Recorded(
        name="listed address",
        subject=Subject("ipv4", "203.0.113.9"),
        exchanges=[
            Exchange(
                path="/ip/203.0.113.9",
                body=_listed(
                    "203.0.113.9",
                    {
                        "provider": "list-one.example",
                        "assessment": "high risk",
                        "detect_time": "2026-02-01T00:00:00.000Z",
                        "update_time": "",
                        "status": 1,
                    },
                    {"provider": "list-two.example", "assessment": "bot", "detect_time": "", "status": 1},
                    {"provider": "list-three.example", "assessment": "", "detect_time": "", "status": 5},
                ),
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("metadefender.lists",),
            summary="2 of 3 lists",
            facts={"list-one.example": "high risk", "Country": "NL"},
            weight=1.9,
        ),
    ),
    Recorded(
        name="trusted domain",
        subject=Subject("domain", "plain.example"),
        exchanges=[
            Exchange(
                path="/domain/plain.example",
                body=_listed(
                    "plain.example",
                    {
                        "provider": "list-one.example",
                        "assessment": "trustworthy",
                        "detect_time": "",
                        "status": 0,
                    },
                ),
            )
        ],
        expect=Expected(codes=("metadefender.lists",), weight=-0.2),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("md5", "9f" * 16),
        exchanges=[
            Exchange(
                path=f"/hash/{'9f' * 16}",
                status=404,
                body={"error": {"code": 404003, "messages": ["The hash was not found"]}},
            )
        ],
    ),
    Recorded(
        subject=Subject("url", "https://nobody.example/x?y=1"),
        exchanges=[
            Exchange(
                path="/url/https%3A%2F%2Fnobody.example%2Fx%3Fy%3D1",
                body=_listed(
                    "https://nobody.example/x?y=1",
                    {"provider": "list-one.example", "assessment": "", "detect_time": "", "status": 5},
                ),
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path=f"/hash/{_SHA256.lower()}",
    status=401,
    body={"error": {"code": 401006, "messages": ["Invalid API key"]}},
)
LIMITED = Exchange(
    path=f"/hash/{_SHA256.lower()}",
    status=429,
    headers={"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-In": "3600s"},
    body={"error": {"code": 429000, "messages": ["Rate limit exceeded, retry after the limit is reset"]}},
)
TEST = [
    Exchange(
        path="/apikey",
        body={"limit_prevention": 100, "limit_reputation": 1000, "portal_api_key": "…", "nickname": "us"},
    )
]
