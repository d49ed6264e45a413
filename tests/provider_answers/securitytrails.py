"""Answers of SecurityTrails, in the format of https://docs.securitytrails.com/reference (domain, subdomains,
domain search)."""

from stack.analysis.subjects import Subject
from tests.recorded import Exchange, Expected, Recorded

FOUND = [
    Recorded(
        name="domain with its subdomains",
        subject=Subject("domain", "shop.example"),
        choices={"subdomains": "yes"},
        exchanges=[
            Exchange(
                path="/domain/shop.example",
                body={
                    "alexa_rank": None,
                    "apex_domain": "shop.example",
                    "hostname": "shop.example",
                    "subdomain_count": 2,
                    "current_dns": {
                        "a": {
                            "first_seen": "2025-11-02",
                            "values": [
                                {
                                    "ip": "198.51.100.20",
                                    "ip_count": 3,
                                    "ip_organization": "Example Hosting",
                                }
                            ],
                        },
                        "aaaa": {
                            "first_seen": "2025-11-02",
                            "values": [{"ipv6": "2001:db8::20", "ipv6_count": 1}],
                        },
                        "mx": {
                            "first_seen": "2025-01-02",
                            "values": [
                                {"priority": 10, "hostname": "mail.shop.example", "hostname_count": 1}
                            ],
                        },
                        "ns": {
                            "first_seen": "2025-01-02",
                            "values": [{"nameserver": "ns1.dns.example", "nameserver_count": 90}],
                        },
                        "soa": {
                            "first_seen": "2025-01-02",
                            "values": [{"email": "hostmaster.dns.example", "email_count": 90, "ttl": 1800}],
                        },
                        "txt": {"first_seen": "2025-01-02", "values": [{"value": "v=spf1 -all"}]},
                    },
                    "endpoint": "/v1/domain/shop.example",
                },
            ),
            Exchange(
                path="/domain/shop.example/subdomains",
                params={"children_only": "false"},
                body={
                    "subdomains": ["www", "not a label"],
                    "subdomain_count": 2,
                    "meta": {"limit_reached": False},
                    "endpoint": "/v1/domain/shop.example/subdomains",
                },
            ),
        ],
        expect=Expected(
            codes=(),
            summary="2 addresses, 2 subdomains",
            pivots=(
                ("ipv4", "198.51.100.20"),
                ("ipv6", "2001:db8::20"),
                ("domain", "www.shop.example"),
            ),
            facts={
                "A": "198.51.100.20",
                "AAAA": "2001:db8::20",
                "MX": "mail.shop.example",
                "NS": "ns1.dns.example",
            },
            weight=0,
        ),
    ),
    Recorded(
        name="names of an address",
        subject=Subject("ipv4", "198.51.100.20"),
        exchanges=[
            Exchange(
                path="/domains/list",
                method="POST",
                sent={"filter": {"ipv4": "198.51.100.20"}},
                body={
                    "record_count": 2,
                    "records": [
                        {
                            "hostname": "shop.example",
                            "host_provider": ["Example Hosting"],
                            "alexa_rank": None,
                        },
                        {"hostname": "www.shop.example", "host_provider": ["Example Hosting"]},
                    ],
                    "meta": {"total_pages": 1, "page": 1, "max_page": 100},
                    "endpoint": "/v1/domains/list",
                },
            )
        ],
        expect=Expected(
            codes=(),
            summary="names that resolve to it: 2",
            pivots=(
                ("domain", "shop.example"),
                ("domain", "www.shop.example"),
            ),
            facts={"hosts": "Example Hosting"},
            weight=0,
        ),
    ),
]
ABSENT = [
    Recorded(
        name="no such domain",
        subject=Subject("domain", "unheard-of.example"),
        exchanges=[
            Exchange(path="/domain/unheard-of.example", status=404, body={"message": "Not Found"}),
        ],
    ),
    Recorded(
        name="no names, by version 6",
        subject=Subject("ipv6", "2001:db8::9"),
        exchanges=[
            Exchange(
                path="/domains/list",
                method="POST",
                sent={"filter": {"ipv6": "2001:db8::9"}},
                body={"record_count": 0, "records": [], "endpoint": "/v1/domains/list"},
            )
        ],
    ),
]
UNAUTHORISED = Exchange(
    path="/domain/shop.example", status=403, body={"message": "Invalid authentication credentials"}
)
LIMITED = Exchange(
    path="/domain/shop.example",
    status=429,
    body={"message": "You've exceeded the usage limits for your account."},
)
TEST = [Exchange(path="/ping", body={"success": True})]
