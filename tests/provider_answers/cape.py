"""Answers of CAPE in the format of its apiv2 (tasks/search, tasks/get/report, tasks/create)."""

from typing import Any

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5e" * 32
_SEARCH = f"/apiv2/tasks/search/sha256/{_SHA256}/"
_REPORT: dict[str, Any] = {
    "info": {"version": "2.4-CAPE", "started": "2026-02-03 04:05:06", "id": 23, "package": "exe"},
    "malscore": 9.4,
    "malstatus": "Malicious",
    "detections": [{"family": "Invented", "details": [{"Yara": "5e"}]}],
    "signatures": [
        {
            "name": "antivm_checks",
            "description": "Looks for a virtual machine",
            "severity": 3,
            "confidence": 80,
        },
        {"name": "packed", "description": "The file is packed", "severity": 1},
    ],
    "network": {
        "hosts": [{"ip": "198.51.100.4", "country_name": "unknown", "hostname": ""}],
        "domains": [{"domain": "c2.example", "ip": "198.51.100.4"}],
    },
}

FOUND = [
    Recorded(
        name="known malware",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            Exchange(
                path=_SEARCH,
                body={
                    "error": False,
                    "data": [
                        {"id": 21, "status": "failed_analysis", "target": "/tmp/a", "added_on": "x"},
                        {"id": 23, "status": "reported", "target": "/tmp/a", "added_on": "x"},
                    ],
                },
            ),
            Exchange(path="/apiv2/tasks/get/report/23/lite/", body=_REPORT),
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("cape.family", "cape.score"),
            summary="score 9.4 of 10, Invented",
            pivots=(("ipv4", "198.51.100.4"), ("domain", "c2.example")),
            facts={"antivm_checks": "Looks for a virtual machine"},
            weight=6.3,
        ),
    ),
    Recorded(
        name="file that is handed over",
        subject=Subject("file", _SHA256, name="setup.exe", size=18),
        choices={"submit": "yes"},
        exchanges=[
            Exchange(
                path=_SEARCH, body={"error": True, "error_value": "Unable to find the specified sample"}
            ),
            Exchange(
                path="/apiv2/tasks/create/file/",
                method="POST",
                body={
                    "error": False,
                    "data": {"task_ids": [31], "message": "Task ID 31 has been submitted"},
                    "errors": [],
                    "url": ["https://cape.example/submit/status/31/"],
                },
            ),
            Exchange(path="/apiv2/tasks/status/31/", body={"error": False, "data": "running"}),
            Exchange(path="/apiv2/tasks/status/31/", body={"error": False, "data": "reported"}),
            Exchange(
                path="/apiv2/tasks/get/report/31/lite/",
                body={"info": {"id": 31}, "malscore": 1.0, "detections": "", "signatures": []},
            ),
        ],
        expect=Expected(codes=("cape.score",), summary="score 1 of 10", weight=-0.5),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("md5", "6f" * 16),
        exchanges=[Exchange(path=f"/apiv2/tasks/search/md5/{'6f' * 16}/", body={"error": False, "data": []})],
    )
]
UNAUTHORISED = Exchange(path=_SEARCH, status=401, body={"detail": "Invalid token."})
LIMITED = Exchange(
    path=_SEARCH, status=429, body={"detail": "Request was throttled. Expected available in 34 seconds."}
)
TEST = [Exchange(path=f"/apiv2/tasks/search/sha256/{'0' * 64}/", body={"error": False, "data": []})]
