"""Answers of URLhaus, in the format of https://urlhaus-api.abuse.ch/ (url, host, payload)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
_MD5 = "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"
_URL = "http://192.0.2.7/bins/a.sh"
_CLEAN = {"spamhaus_dbl": "not listed", "surbl": "not listed"}


def _ask(where: str, form: dict[str, str], body: dict[str, object], status: int = 200) -> Exchange:
    return Exchange(path=f"/v1/{where}/", method="POST", sent=form, status=status, body=body)


def _listed(number: int, url: str, status: str) -> dict[str, object]:
    return {
        "id": str(number),
        "urlhaus_reference": f"https://urlhaus.abuse.ch/url/{number}/",
        "url": url,
        "url_status": status,
        "date_added": "2026-01-30 08:15:30 UTC",
        "threat": "malware_download",
        "reporter": "someone",
        "larted": "true",
        "takedown_time_seconds": None,
        "tags": ["elf", "mirai"],
    }


FOUND = [
    Recorded(
        name="page that spreads malware now",
        subject=Subject("url", _URL),
        exchanges=[
            _ask(
                "url",
                {"url": _URL},
                {
                    "query_status": "ok",
                    "id": "3100001",
                    "urlhaus_reference": "https://urlhaus.abuse.ch/url/3100001/",
                    "url": _URL,
                    "url_status": "online",
                    "host": "192.0.2.7",
                    "date_added": "2026-01-30 08:15:30 UTC",
                    "last_online": "2026-01-31 08:15:30 UTC",
                    "threat": "malware_download",
                    "blacklists": _CLEAN,
                    "reporter": "someone",
                    "larted": "true",
                    "takedown_time_seconds": None,
                    "tags": ["elf", "mirai"],
                    "payloads": [
                        {
                            "firstseen": "2026-01-30",
                            "filename": "a.sh",
                            "file_type": "sh",
                            "response_size": "1024",
                            "response_md5": _MD5,
                            "response_sha256": _SHA256,
                            "urlhaus_download": f"https://urlhaus-api.abuse.ch/v1/download/{_SHA256}/",
                            "signature": "Example Worm",
                            "virustotal": None,
                        }
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("urlhaus.url",),
            summary="malware_download, online",
            pivots=(
                ("ipv4", "192.0.2.7"),
                ("sha256", "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"),
            ),
            facts={
                "status": "online",
                "threat": "malware_download",
                "reporter": "someone",
                "tags": "elf, mirai",
                "families": "Example Worm",
            },
            weight=4.5,
        ),
    ),
    Recorded(
        name="page that is gone",
        subject=Subject("url", "http://old.example/x.exe"),
        exchanges=[
            _ask(
                "url",
                {"url": "http://old.example/x.exe"},
                {
                    "query_status": "ok",
                    **_listed(3000001, "http://old.example/x.exe", "offline"),
                    "host": "old.example",
                    "blacklists": _CLEAN,
                    "payloads": None,
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("urlhaus.url",),
            summary="malware_download, offline",
            pivots=(("domain", "old.example"),),
            facts={
                "status": "offline",
                "threat": "malware_download",
                "reporter": "someone",
                "tags": "elf, mirai",
            },
            weight=3.0,
        ),
    ),
    Recorded(
        name="host with two URLs",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _ask(
                "host",
                {"host": "192.0.2.7"},
                {
                    "query_status": "ok",
                    "urlhaus_reference": "https://urlhaus.abuse.ch/host/192.0.2.7/",
                    "host": "192.0.2.7",
                    "firstseen": "2026-01-02 08:15:30 UTC",
                    "url_count": "2",
                    "blacklists": _CLEAN,
                    "urls": [
                        _listed(3100001, _URL, "online"),
                        _listed(3100002, "http://192.0.2.7/b.sh", "offline"),
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("urlhaus.host",),
            summary="2 URLs listed, 1 online",
            pivots=(
                ("url", "http://192.0.2.7/bins/a.sh"),
                ("url", "http://192.0.2.7/b.sh"),
            ),
            facts={
                "spamhaus_dbl": "not listed",
                "surbl": "not listed",
                "threats": "malware_download",
                "tags": "elf, mirai",
            },
            weight=2.2,
        ),
    ),
    Recorded(
        name="site for files that others abuse",
        subject=Subject("domain", "files.example"),
        exchanges=[
            _ask(
                "host",
                {"host": "files.example"},
                {
                    "query_status": "ok",
                    "urlhaus_reference": "https://urlhaus.abuse.ch/host/files.example/",
                    "host": "files.example",
                    "firstseen": "2019-01-02 08:15:30 UTC",
                    "url_count": "4100",
                    "blacklists": {"spamhaus_dbl": "abused_legit_malware", "surbl": "not listed"},
                    "urls": [_listed(3100003, "https://files.example/d/abc", "online")],
                },
            )
        ],
        expect=Expected(
            stated=Word.SUSPICIOUS,
            codes=("urlhaus.host",),
            summary="4,100 URLs listed, 1 online",
            pivots=(("url", "https://files.example/d/abc"),),
            facts={
                "spamhaus_dbl": "abused_legit_malware",
                "surbl": "not listed",
                "threats": "malware_download",
                "tags": "elf, mirai",
            },
            weight=0.6,
        ),
    ),
    Recorded(
        name="file that was spread",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            _ask(
                "payload",
                {"sha256_hash": _SHA256},
                {
                    "query_status": "ok",
                    "md5_hash": _MD5,
                    "sha256_hash": _SHA256,
                    "file_type": "sh",
                    "file_size": "1024",
                    "signature": "Example Worm",
                    "firstseen": "2026-01-30 08:15:30",
                    "lastseen": "2026-01-31 08:15:30",
                    "url_count": "1",
                    "urlhaus_download": f"https://urlhaus-api.abuse.ch/v1/download/{_SHA256}/",
                    "virustotal": None,
                    "imphash": None,
                    "ssdeep": "24:abc:def",
                    "tlsh": None,
                    "urls": [
                        {
                            "url_id": "3100001",
                            "url": _URL,
                            "url_status": "online",
                            "urlhaus_reference": "https://urlhaus.abuse.ch/url/3100001/",
                            "filename": "a.sh",
                            "firstseen": "2026-01-30",
                            "lastseen": None,
                        }
                    ],
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("urlhaus.payload",),
            summary="spread from 1 URL, Example Worm",
            pivots=(("url", "http://192.0.2.7/bins/a.sh"),),
            facts={
                "family": "Example Worm",
                "type": "sh",
                "size": "1024",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=4.5,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="domain",
        subject=Subject("domain", "shop.example"),
        exchanges=[_ask("host", {"host": "shop.example"}, {"query_status": "no_results"})],
    ),
    Recorded(
        name="md5",
        subject=Subject("md5", _MD5),
        exchanges=[_ask("payload", {"md5_hash": _MD5}, {"query_status": "no_results"})],
    ),
]
UNAUTHORISED = _ask("url", {"url": _URL}, {"query_status": "unknown_auth_key"}, 403)
LIMITED = _ask("url", {"url": _URL}, {"error": "Too Many Requests"}, 429)
TEST = [_ask("host", {"host": "example.com"}, {"query_status": "no_results"})]
