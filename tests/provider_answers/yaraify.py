"""Answers of YARAify, in the format of https://yaraify.abuse.ch/api/ (lookup_hash)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
_SHA1 = "2c9e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d5f"
_MD5 = "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"
_INNER = "0c1d5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b"
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _ask(value: str, body: dict[str, object], status: int = 200) -> Exchange:
    query = {"query": "lookup_hash", "search_term": value}
    return Exchange(path="/v1/", method="POST", sent=query, status=status, body=body)


def _rule(name: str) -> dict[str, object]:
    return {"rule_name": name, "author": "someone", "description": "", "reference": None, "tlp": "TLP:WHITE"}


def _file(tasks: list[dict[str, object]]) -> dict[str, object]:
    return {
        "query_status": "ok",
        "data": {
            "metadata": {
                "file_name": "invoice.exe",
                "file_size": 482304,
                "md5_hash": _MD5,
                "sha1_hash": _SHA1,
                "sha256_hash": _SHA256,
                "sha3_384": "00" * 48,
                "mime_type": "application/x-dosexec",
                "first_seen": "2026-01-30 08:15:30",
                "last_seen": None,
                "sightings": 3,
                "imphash": "f34d5f2d4577ed6d9ceec516c1f5a744",
                "ssdeep": "12288:abcdefghijklmnop:qrstuvwxyz012345",
                "tlsh": None,
                "telfhash": None,
            },
            "tasks": tasks,
        },
    }


FOUND = [
    Recorded(
        name="named by ClamAV",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            _ask(
                _SHA256,
                _file(
                    [
                        {
                            "task_id": "11111111-2222-3333-4444-555555555555",
                            "time_stamp": "2026-01-30 08:15:30",
                            "file_name": "invoice.exe",
                            "clamav_results": ["Win.Trojan.ExampleRAT-1"],
                            "static_results": [_rule("Example_RAT_Strings"), _rule("pe_with_overlay")],
                            "unpacker_results": [
                                {
                                    "unpacked_file_name": "inner.bin",
                                    "unpacked_md5": _MD5,
                                    "unpacked_sha256": _INNER,
                                    "detections": [_rule("Example_RAT_Config")],
                                }
                            ],
                        }
                    ]
                ),
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("yaraify.matches",),
            summary="3 rules, 1 ClamAV signature",
            pivots=(("sha256", "0c1d5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b"),),
            facts={
                "YARA rules": "Example_RAT_Config, Example_RAT_Strings, pe_with_overlay",
                "ClamAV": "Win.Trojan.ExampleRAT-1",
                "name": "invoice.exe",
                "type": "application/x-dosexec",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=2.6,
        ),
    ),
    Recorded(
        name="matched by one rule",
        subject=Subject("md5", _MD5),
        exchanges=[
            _ask(
                _MD5,
                _file(
                    [
                        {
                            "task_id": "11111111-2222-3333-4444-555555555556",
                            "clamav_results": [],
                            "static_results": [_rule("pe_with_overlay")],
                            "unpacker_results": [],
                        }
                    ]
                ),
            )
        ],
        expect=Expected(
            codes=("yaraify.matches",),
            summary="1 rule, 0 ClamAV signatures",
            facts={
                "YARA rules": "pe_with_overlay",
                "name": "invoice.exe",
                "type": "application/x-dosexec",
                "size": "482304",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=0.3,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("sha1", _SHA1),
        exchanges=[_ask(_SHA1, {"query_status": "no_results", "data": "Hash not found"})],
    )
]
UNAUTHORISED = _ask(_SHA256, {"query_status": "unknown_auth_key"}, 403)
LIMITED = _ask(_SHA256, {"error": "Too Many Requests"}, 429)
TEST = [_ask(_EMPTY, {"query_status": "no_results"})]
