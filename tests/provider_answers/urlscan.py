"""Answers of urlscan.io, in the format of https://docs.urlscan.io/apis/urlscan-openapi/search."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

_SHA256 = "5f2b8d51e0c74a9e3b6a1d0f47c29e8ab35d6c7f901e2a4b8c6d3f5e7a9b0c1d"


def _scan(number: int, **page: object) -> dict[str, object]:
    uuid = f"019a0000-0000-7000-8000-00000000000{number}"
    return {
        "_id": uuid,
        "_score": None,
        "sort": [1769847330123, uuid],
        "page": {
            "url": "https://login.bad.example/",
            "domain": "login.bad.example",
            "apexDomain": "bad.example",
            "ip": "192.0.2.7",
            "asn": "AS64500",
            "asnname": "Example Hosting",
            "country": "NL",
            "server": "nginx",
            "title": "Sign in",
            "status": "200",
            "mimeType": "text/html",
        }
        | page,
        "task": {
            "uuid": uuid,
            "time": f"2026-01-3{number}T08:15:30.123Z",
            "url": "https://login.bad.example/",
            "visibility": "public",
            "method": "api",
            "tags": ["phishing"],
        },
        "stats": {"uniqIPs": 2, "requests": 12, "dataLength": 4096},
        "result": f"https://urlscan.io/api/v1/result/{uuid}/",
        "screenshot": f"https://urlscan.io/screenshots/{uuid}.png",
    }


def _search(query: str, results: list[dict[str, object]]) -> Exchange:
    return Exchange(
        path="/api/v1/search/",
        params={"q": query, "size": "50"},
        body={"results": results, "total": len(results), "took": 4, "has_more": False},
    )


FOUND = [
    Recorded(
        name="phishing page",
        subject=Subject("domain", "login.bad.example"),
        exchanges=[
            _search(
                'page.domain:"login.bad.example"',
                [
                    _scan(1) | {"verdicts": {"score": 100, "malicious": True, "hasVerdicts": True}},
                    _scan(0) | {"verdicts": {"score": 0, "malicious": False}},
                ],
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("urlscan.malicious",),
            summary="2 scans, 1 malicious",
            pivots=(
                ("url", "https://login.bad.example/"),
                ("ipv4", "192.0.2.7"),
            ),
            facts={"title": "Sign in", "server": "nginx", "AS": "AS64500", "AS owner": "Example Hosting"},
            weight=2.5,
        ),
    ),
    Recorded(
        name="address where nothing was judged",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _search('page.ip:"192.0.2.7"', [_scan(1, url="https://shop.example/", domain="shop.example")])
        ],
        expect=Expected(
            codes=(),
            summary="1 scan, 0 malicious",
            pivots=(
                ("url", "https://shop.example/"),
                ("domain", "shop.example"),
            ),
            facts={"title": "Sign in", "server": "nginx", "AS": "AS64500", "AS owner": "Example Hosting"},
            weight=0,
        ),
    ),
    Recorded(
        name="file that pages load",
        subject=Subject("sha256", _SHA256),
        exchanges=[_search(f'hash:"{_SHA256}"', [_scan(1)])],
        expect=Expected(
            codes=(),
            summary="1 scan, 0 malicious",
            pivots=(
                ("url", "https://login.bad.example/"),
                ("domain", "login.bad.example"),
                ("ipv4", "192.0.2.7"),
            ),
            facts={"title": "Sign in", "server": "nginx", "AS": "AS64500", "AS owner": "Example Hosting"},
            weight=0,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="page with quotes in it",
        subject=Subject("url", 'https://shop.example/?a="b"'),
        exchanges=[_search(r'page.url:"https://shop.example/?a=\"b\""', [])],
    )
]
_FIRST = {"q": 'page.domain:"login.bad.example"', "size": "50"}
UNAUTHORISED = Exchange(
    path="/api/v1/search/",
    params=_FIRST,
    status=401,
    body={"message": "API key supplied but not found in database!", "status": 401},
)
LIMITED = Exchange(
    path="/api/v1/search/",
    params=_FIRST,
    status=429,
    headers={"X-Rate-Limit-Limit": "120", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset-After": "35"},
    body={"message": "Rate limit for 'search' exceeded, limit is 120 per minute.", "status": 429},
)
TEST = [
    Exchange(
        path="/user/quotas/",
        body={"limits": {"search": {"day": {"limit": 1000, "used": 3, "remaining": 997, "percent": 0}}}},
    )
]
