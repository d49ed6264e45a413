"""Answers of AbuseIPDB, in the format of https://docs.abuseipdb.com/#check-endpoint."""

from stack.analysis.answers import Word
from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded


def _check(address: str, **said: object) -> Exchange:
    data = {
        "ipAddress": address,
        "isPublic": True,
        "ipVersion": 6 if ":" in address else 4,
        "isWhitelisted": False,
        "abuseConfidenceScore": 0,
        "countryCode": "NL",
        "usageType": "Data Center/Web Hosting/Transit",
        "isp": "Example Hosting",
        "domain": "hosting.example",
        "hostnames": [],
        "isTor": False,
        "totalReports": 0,
        "numDistinctUsers": 0,
        "lastReportedAt": None,
    }
    return Exchange(
        path="/check", params={"ipAddress": address, "maxAgeInDays": "90"}, body={"data": data | said}
    )


FOUND = [
    Recorded(
        name="attacker",
        subject=Subject("ipv4", "192.0.2.7"),
        exchanges=[
            _check(
                "192.0.2.7",
                abuseConfidenceScore=100,
                totalReports=412,
                numDistinctUsers=97,
                lastReportedAt="2026-01-31T08:15:30+00:00",
                hostnames=["host7.hosting.example", "not a name"],
            )
        ],
        expect=Expected(
            stated=Word.MALICIOUS,
            codes=("abuseipdb.reports",),
            summary="confidence of abuse 100 percent, 412 reports",
            pivots=(("domain", "host7.hosting.example"),),
            facts={
                "usage": "Data Center/Web Hosting/Transit",
                "ISP": "Example Hosting",
                "domain of the ISP": "hosting.example",
            },
            weight=3.5,
        ),
    ),
    Recorded(
        name="reported once, by version 6",
        subject=Subject("ipv6", "2001:db8::7"),
        exchanges=[
            _check(
                "2001:db8::7",
                abuseConfidenceScore=9,
                totalReports=1,
                numDistinctUsers=1,
                lastReportedAt="2026-01-30T00:00:00+00:00",
            )
        ],
        expect=Expected(
            stated=Word.UNKNOWN,
            codes=("abuseipdb.reports",),
            summary="confidence of abuse 9 percent, 1 report",
            facts={
                "usage": "Data Center/Web Hosting/Transit",
                "ISP": "Example Hosting",
                "domain of the ISP": "hosting.example",
            },
            weight=0.09,
        ),
    ),
    Recorded(
        name="on the list of benign services",
        subject=Subject("ipv4", "198.51.100.53"),
        exchanges=[
            _check(
                "198.51.100.53",
                isWhitelisted=True,
                totalReports=21,
                numDistinctUsers=9,
                lastReportedAt="2026-01-30T00:00:00+00:00",
                usageType="Content Delivery Network",
            )
        ],
        expect=Expected(
            stated=Word.BENIGN,
            codes=(
                "abuseipdb.reports",
                "abuseipdb.whitelisted",
            ),
            summary="confidence of abuse 0 percent, 21 reports",
            facts={
                "usage": "Content Delivery Network",
                "ISP": "Example Hosting",
                "domain of the ISP": "hosting.example",
            },
            weight=-2.5,
        ),
    ),
]
ABSENT = [Recorded(subject=Subject("ipv4", "203.0.113.9"), exchanges=[_check("203.0.113.9")])]
UNAUTHORISED = Exchange(
    path="/check",
    params={"ipAddress": "192.0.2.7", "maxAgeInDays": "90"},
    status=401,
    body={
        "errors": [
            {
                "detail": "Authentication failed. Your API key is either missing, incorrect, or revoked.",
                "status": 401,
            }
        ]
    },
)
LIMITED = Exchange(
    path="/check",
    params={"ipAddress": "192.0.2.7", "maxAgeInDays": "90"},
    status=429,
    headers={"Retry-After": "29241", "X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0"},
    body={
        "errors": [{"detail": "Daily rate limit of 1000 requests exceeded for this endpoint.", "status": 429}]
    },
)
TEST = [
    Exchange(
        path="/check",
        params={"ipAddress": "127.0.0.1"},
        body={"data": {"ipAddress": "127.0.0.1", "isPublic": False, "abuseConfidenceScore": 0}},
    )
]
