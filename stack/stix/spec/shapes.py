"""What some texts have to look like: the forms that STIX takes from other standards."""

import re
from ipaddress import IPv4Network, IPv6Network

from stack.stix.spec.model import Shape, Text


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and not ("<" in text or ">" in text or " " in domain)


def _fullmatch(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z")


LANGUAGE = Text(
    Shape(
        "language-tag",
        _fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*|[iIxX](?:-[A-Za-z0-9]{1,8})+").match,
        "a language tag of RFC 5646 such as en or pt-BR",
        "3.2",
    )
)
KILL_CHAIN_NAME = Text(
    Shape(
        "kill-chain-naming",
        _fullmatch(r"[^A-Z_ ]+").match,
        "lower case with hyphens instead of spaces and underscores",
        "2.11",
    )
)
RELATIONSHIP_TYPE = Text(
    Shape("relationship-type", _fullmatch("[a-z0-9-]+").match, "only a-z, 0-9 and hyphens", "5.1")
)
PRODUCT = Text(Shape("product-naming", _fullmatch("[^A-Z_ ]+").match, "lower case with dashes", "4.12"))
IPV4 = Text(
    Shape("ipv4", _is_ipv4, "an IPv4 address or network, such as 198.51.100.3 or 198.51.100.0/24", "6.8")
)
IPV6 = Text(
    Shape("ipv6", _is_ipv6, "an IPv6 address or network, such as 2001:db8::1 or 2001:db8::/32", "6.9")
)
MAC = Text(
    Shape(
        "mac",
        _fullmatch("[0-9a-f]{2}(?::[0-9a-f]{2}){5}").match,
        "six pairs of lower-case hex digits with colons, such as 00:00:ab:cd:ef:01",
        "6.10",
    )
)
DOMAIN = Text(
    Shape("domain", _fullmatch(r"[^\s/:@]{1,253}\.?").match, "a domain name without scheme or path", "6.4")
)
EMAIL = Text(Shape("email", _is_email, "an address without a display name", "6.5"))
URL = Text(
    Shape(
        "url", _fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S.*").match, "a URL with its scheme (RFC 3986)", "6.15"
    )
)
CPE = Text(Shape("cpe", _fullmatch(r"cpe:2\.3:.+").match, "a CPE 2.3 name (cpe:2.3:…)", "6.14"))
REGISTRY_KEY = Text(
    Shape(
        "registry-hive",
        _fullmatch(r"(?!(?i:HKLM|HKCU|HKCR|HKCC|HKU)(?:\\|\Z))(?s:.*)").match,
        "the hive in full, such as HKEY_LOCAL_MACHINE instead of HKLM",
        "6.17",
    )
)
