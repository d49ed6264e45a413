"""Answers of VirusTotal, in the format of https://docs.virustotal.com/reference (ip-object, domains-object,
url-object, files; errors in https://docs.virustotal.com/reference/errors)."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"
_SHA1 = "2c9e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d5f"
_MD5 = "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d"
_DROPPED = "0c1d5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b"
_URL = "https://login.bad.example/office/index.php?id=7"
_URL_ID = "aHR0cHM6Ly9sb2dpbi5iYWQuZXhhbXBsZS9vZmZpY2UvaW5kZXgucGhwP2lkPTc"
_IN_ADDRESSES = {"relationships": "resolutions,communicating_files"}
_IN_DOMAINS = {"relationships": "resolutions,communicating_files,subdomains"}
_IN_URLS = {"relationships": "last_serving_ip_address,redirects_to"}
_IN_FILES = {"relationships": "contacted_ips,contacted_domains,dropped_files,execution_parents"}

_ADDRESS = Exchange(
    path="/ip_addresses/192.0.2.7",
    params=_IN_ADDRESSES,
    body={
        "data": {
            "id": "192.0.2.7",
            "type": "ip_address",
            "links": {"self": "https://www.virustotal.com/api/v3/ip_addresses/192.0.2.7"},
            "attributes": {
                "asn": 64500,
                "as_owner": "EXAMPLE-HOSTING",
                "continent": "EU",
                "country": "NL",
                "network": "192.0.2.0/24",
                "jarm": "29d29d00029d29d00042d42d00000000",
                "reputation": -14,
                "tags": ["self-signed"],
                "total_votes": {"harmless": 0, "malicious": 3},
                "last_analysis_date": 1769900400,
                "last_analysis_stats": {
                    "harmless": 50,
                    "malicious": 14,
                    "suspicious": 1,
                    "timeout": 0,
                    "undetected": 29,
                },
                "whois": "inetnum: 192.0.2.0 - 192.0.2.255",
            },
            "relationships": {
                "resolutions": {
                    "data": [
                        {"type": "resolution", "id": "192.0.2.7panel.bad.example"},
                        {"type": "resolution", "id": "192.0.2.7not a name"},
                    ],
                    "links": {"self": "https://www.virustotal.com/api/v3/ip_addresses/192.0.2.7/resolutions"},
                },
                "communicating_files": {"data": [{"type": "file", "id": _SHA256}]},
            },
        }
    },
)

FOUND = [
    Recorded(
        name="bad address",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[_ADDRESS],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("virustotal.engines",),
            summary="15 of 94 engines",
            pivots=(
                ("domain", "panel.bad.example"),
                ("sha256", "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"),
            ),
            facts={
                "reputation by votes": "-14",
                "tags": "self-signed",
                "AS": "AS64500",
                "AS owner": "EXAMPLE-HOSTING",
                "network": "192.0.2.0/24",
            },
            weight=4.47,
        ),
    ),
    Recorded(
        name="unremarkable address of version 6",
        subject=Subject("ipv6", "2001:db8::53"),
        choices={"relations": "no"},
        exchanges=[
            Exchange(
                path="/ip_addresses/2001%3Adb8%3A%3A53",
                body={
                    "data": {
                        "id": "2001:db8::53",
                        "type": "ip_address",
                        "attributes": {
                            "country": "US",
                            "reputation": 0,
                            "tags": [],
                            "last_analysis_stats": {
                                "harmless": 62,
                                "malicious": 0,
                                "suspicious": 0,
                                "timeout": 0,
                                "undetected": 32,
                            },
                        },
                    }
                },
            )
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=("virustotal.engines",),
            summary="0 of 94 engines",
            weight=-0.5,
        ),
    ),
    Recorded(
        name="domain that one engine dislikes",
        subject=Subject("domain", "shop.example"),
        exchanges=[
            Exchange(
                path="/domains/shop.example",
                params=_IN_DOMAINS,
                body={
                    "data": {
                        "id": "shop.example",
                        "type": "domain",
                        "attributes": {
                            "categories": {"Example Categories": "online shopping"},
                            "creation_date": 1609459200,
                            "registrar": "Example Registrar",
                            "last_analysis_date": 1769900400,
                            "last_analysis_stats": {
                                "harmless": 63,
                                "malicious": 1,
                                "suspicious": 0,
                                "timeout": 0,
                                "undetected": 30,
                            },
                            "last_dns_records": [
                                {"type": "A", "ttl": 300, "value": "198.51.100.20"},
                                {"type": "MX", "ttl": 300, "priority": 10, "value": "mail.shop.example"},
                            ],
                        },
                        "relationships": {
                            "resolutions": {
                                "data": [{"type": "resolution", "id": "198.51.100.21shop.example"}]
                            },
                            "subdomains": {"data": [{"type": "domain", "id": "www.shop.example"}]},
                        },
                    }
                },
            )
        ],
        expect=Expected(
            stated=Word.UNKNOWN,
            codes=("virustotal.engines",),
            summary="1 of 94 engines",
            pivots=(
                ("ipv4", "198.51.100.20"),
                ("ipv4", "198.51.100.21"),
                ("domain", "www.shop.example"),
            ),
            facts={
                "categories": "online shopping",
                "registrar": "Example Registrar",
                "MX": "mail.shop.example",
            },
            weight=0.1,
        ),
    ),
    Recorded(
        name="phishing page",
        subject=Subject("url", _URL),
        exchanges=[
            Exchange(
                path=f"/urls/{_URL_ID}",
                params=_IN_URLS,
                body={
                    "data": {
                        "id": _SHA256,
                        "type": "url",
                        "attributes": {
                            "url": _URL,
                            "title": "Sign in",
                            "last_final_url": "https://cdn.bad.example/landing",
                            "categories": {"Example Categories": "phishing and fraud"},
                            "first_submission_date": 1769800000,
                            "last_submission_date": 1769900000,
                            "last_analysis_date": 1769900400,
                            "times_submitted": 4,
                            "last_analysis_stats": {
                                "harmless": 58,
                                "malicious": 11,
                                "suspicious": 2,
                                "timeout": 0,
                                "undetected": 21,
                            },
                        },
                        "relationships": {
                            "last_serving_ip_address": {"data": {"type": "ip_address", "id": "192.0.2.7"}},
                            "redirects_to": {"data": None},
                        },
                    }
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("virustotal.engines",),
            summary="13 of 92 engines",
            pivots=(
                ("url", "https://cdn.bad.example/landing"),
                ("ipv4", "192.0.2.7"),
            ),
            facts={"times submitted": "4", "categories": "phishing and fraud", "title": "Sign in"},
            weight=4.18,
        ),
    ),
    Recorded(
        name="malware",
        subject=Subject("sha256", _SHA256),
        exchanges=[
            Exchange(
                path=f"/files/{_SHA256}",
                params=_IN_FILES,
                body={
                    "data": {
                        "id": _SHA256,
                        "type": "file",
                        "attributes": {
                            "md5": _MD5,
                            "sha1": _SHA1,
                            "sha256": _SHA256,
                            "meaningful_name": "invoice.exe",
                            "names": ["invoice.exe", "a.bin"],
                            "size": 482304,
                            "type_description": "Win32 EXE",
                            "times_submitted": 19,
                            "tags": ["peexe", "detect-debug-environment"],
                            "reputation": -33,
                            "creation_date": 1769700000,
                            "first_submission_date": 1769800000,
                            "last_submission_date": 1769890000,
                            "last_analysis_date": 1769900400,
                            "last_analysis_stats": {
                                "harmless": 0,
                                "type-unsupported": 4,
                                "suspicious": 0,
                                "confirmed-timeout": 0,
                                "timeout": 1,
                                "failure": 0,
                                "malicious": 57,
                                "undetected": 15,
                            },
                            "popular_threat_classification": {
                                "suggested_threat_label": "trojan.examplerat/agent",
                                "popular_threat_category": [{"value": "trojan", "count": 30}],
                                "popular_threat_name": [{"value": "examplerat", "count": 22}],
                            },
                            "sandbox_verdicts": {
                                "Example Sandbox": {
                                    "category": "malicious",
                                    "confidence": 80,
                                    "sandbox_name": "Example Sandbox",
                                    "malware_classification": ["RAT"],
                                },
                                "Other Sandbox": {"category": "harmless", "sandbox_name": "Other Sandbox"},
                            },
                        },
                        "relationships": {
                            "contacted_ips": {"data": [{"type": "ip_address", "id": "192.0.2.7"}]},
                            "contacted_domains": {"data": [{"type": "domain", "id": "panel.bad.example"}]},
                            "dropped_files": {"data": [{"type": "file", "id": _DROPPED}]},
                            "execution_parents": {"data": []},
                        },
                    }
                },
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=(
                "virustotal.engines",
                "virustotal.sandboxes",
            ),
            summary="57 of 72 engines",
            pivots=(
                ("ipv4", "192.0.2.7"),
                ("domain", "panel.bad.example"),
                ("sha256", "0c1d5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b"),
            ),
            facts={
                "threat": "trojan.examplerat/agent",
                "families": "examplerat",
                "name": "invoice.exe",
                "names": "invoice.exe, a.bin",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=6.2,
        ),
    ),
    Recorded(
        name="file of a vendor",
        subject=Subject("md5", _MD5),
        choices={"relations": "no"},
        exchanges=[
            Exchange(
                path=f"/files/{_MD5}",
                body={
                    "data": {
                        "id": _SHA256,
                        "type": "file",
                        "attributes": {
                            "md5": _MD5,
                            "sha1": _SHA1,
                            "sha256": _SHA256,
                            "meaningful_name": "setup.exe",
                            "trusted_verdict": {
                                "filename": "setup.exe",
                                "organization": "Example Software",
                                "verdict": "goodware",
                            },
                            "last_analysis_date": 1769900400,
                            "last_analysis_stats": {
                                "harmless": 0,
                                "malicious": 0,
                                "suspicious": 0,
                                "undetected": 71,
                            },
                        },
                    }
                },
            )
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=(
                "virustotal.engines",
                "virustotal.trusted",
            ),
            summary="0 of 71 engines",
            facts={
                "name": "setup.exe",
                "md5": "7f901e2a4b8c6d3f5e7a9b0c1d5f2b8d",
                "sha1": "2c9e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d5f",
                "sha256": "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d",
            },
            weight=-3.7,
        ),
    ),
]
ABSENT = [
    Recorded(
        subject=Subject("sha1", _SHA1),
        exchanges=[
            Exchange(
                path=f"/files/{_SHA1}",
                params=_IN_FILES,
                status=404,
                body={"error": {"code": "NotFoundError", "message": f'File "{_SHA1}" not found'}},
            )
        ],
    ),
    Recorded(
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[
            Exchange(
                path="/domains/unheard-of.example",
                params=_IN_DOMAINS,
                status=404,
                body={"error": {"code": "NotFoundError", "message": 'Domain "unheard-of.example" not found'}},
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path="/ip_addresses/192.0.2.7",
    params=_IN_ADDRESSES,
    status=401,
    body={"error": {"code": "WrongCredentialsError", "message": "Wrong API key"}},
)
LIMITED = Exchange(
    path="/ip_addresses/192.0.2.7",
    params=_IN_ADDRESSES,
    status=429,
    body={"error": {"code": "QuotaExceededError", "message": "Quota exceeded"}},
)
TEST = [
    Exchange(
        path="/domains/example.com",
        body={"data": {"id": "example.com", "type": "domain", "attributes": {"last_analysis_stats": {}}}},
    )
]
