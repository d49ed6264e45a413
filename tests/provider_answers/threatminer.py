"""Answers of ThreatMiner, in the format of https://www.threatminer.org/api.php."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
_SHA1 = "2c9e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d5f"
_MD5 = "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"


def _ask(page: str, value: str, what: str, results: list[object]) -> Exchange:
    found = {"status_code": "200", "status_message": "Results found.", "results": results}
    nothing = {"status_code": "404", "status_message": "No results found.", "results": []}
    return Exchange(path=f"/{page}.php", params={"q": value, "rt": what}, body=found if results else nothing)


FOUND = [
    Recorded(
        name="domain of a campaign",
        subject=Subject("domain", "panel.bad.example"),
        exchanges=[
            _ask(
                "domain",
                "panel.bad.example",
                "2",
                [
                    {
                        "ip": "192.0.2.7",
                        "first_seen": "2015-07-03 00:00:00",
                        "last_seen": "2016-07-03 00:00:00",
                    }
                ],
            ),
            _ask(
                "domain",
                "panel.bad.example",
                "6",
                [{"filename": "Example Report.pdf", "year": "2016", "URL": "https://research.example/1"}],
            ),
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("threatminer.reports",),
            summary="1 resolution, 1 report",
            pivots=(("ipv4", "192.0.2.7"),),
            facts={"Example Report.pdf": "https://research.example/1"},
            weight=0.5,
        ),
    ),
    Recorded(
        name="address that only resolves",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _ask(
                "host",
                "192.0.2.7",
                "2",
                [{"domain": "panel.bad.example", "first_seen": "2015-07-03 00:00:00", "last_seen": ""}],
            ),
            _ask("host", "192.0.2.7", "6", []),
        ],
        expect=Expected(
            codes=(),
            summary="1 resolution, 0 reports",
            pivots=(("domain", "panel.bad.example"),),
            weight=0,
        ),
    ),
    Recorded(
        name="file",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            _ask(
                "sample",
                _SHA256,
                "1",
                [
                    {
                        "md5": _MD5,
                        "sha1": _SHA1,
                        "sha256": _SHA256,
                        "sha512": "00" * 64,
                        "ssdeep": "12288:abcdefghijklmnop:qrstuvwxyz012345",
                        "imphash": "f34d5f2d4577ed6d9ceec516c1f5a744",
                        "file_type": "PE32 executable (GUI) Intel 80386, for MS Windows",
                        "architecture": "32 Bit",
                        "authentihash": "",
                        "file_name": "invoice.exe",
                        "file_size": "482304 bytes",
                        "date_analysed": "2016-03-13 21:39:00",
                    }
                ],
            ),
            _ask(
                "sample",
                _SHA256,
                "6",
                [
                    {
                        "av_detections": [
                            {"av": "Example AV", "detection": "Trojan.ExampleRAT"},
                            {"av": "Other AV", "detection": "Win32/Example"},
                        ]
                    }
                ],
            ),
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("threatminer.detections",),
            summary="a known file, 2 detections",
            facts={
                "name": "invoice.exe",
                "type": "PE32 executable (GUI) Intel 80386, for MS Windows",
                "size": "482304 bytes",
                "architecture": "32 Bit",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=0.9,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="file",
        subject=Subject("md5", _MD5),
        exchanges=[_ask("sample", _MD5, "1", [])],
    ),
    Recorded(
        name="domain",
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[
            _ask("domain", "unheard-of.example", "2", []),
            _ask("domain", "unheard-of.example", "6", []),
        ],
    ),
]
UNAUTHORISED = None
LIMITED = Exchange(
    path="/domain.php",
    params={"q": "panel.bad.example", "rt": "2"},
    status=429,
    body={"status_code": "429", "status_message": "Too many requests.", "results": []},
)
TEST = [_ask("domain", "example.com", "6", [])]
