"""What the lists of known values tell of an address: a table from the name of a list to its meaning.

Only roles are told here. Whether a list speaks for benign is weighed where the store's lists are.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from stack.analysis.answers import MODEST, SLIGHT


class Role(StrEnum):
    CLOUD = "cloud"
    DELIVERY = "delivery"
    RESOLVER = "resolver"
    MAIL = "mail"
    CRAWLER = "crawler"
    SCANNER = "scanner"
    SINKHOLE = "sinkhole"
    TOR = "tor"
    VPN = "vpn"
    BLOCK_PAGE = "block-page"


class Meaning(NamedTuple):
    """`statement` follows "This address ". A weight of 0 only tells."""

    title: str
    statement: str
    weight: float = 0.0


MEANINGS: Final = {
    # Everybody rents there, good and bad: in a cloud is no evidence.
    Role.CLOUD: Meaning("Cloud", "is in the range of a cloud, where everybody may rent a machine"),
    Role.DELIVERY: Meaning("Delivery network", "is of a delivery network, which many sites share"),
    Role.RESOLVER: Meaning("DNS resolver", "is a public DNS resolver"),
    Role.MAIL: Meaning("Mail service", "is a server of a large mail service"),
    Role.CRAWLER: Meaning("Crawler", "is where a known crawler asks from"),
    # They probe everybody and say who they are: reports of their probes are true, and harmless.
    Role.SCANNER: Meaning("Research scanner", "is where a known research scanner probes from", -SLIGHT),
    Role.SINKHOLE: Meaning("Sinkhole", "is a sinkhole: it is harmless, and who asks it may be infected"),
    # Attacks come from exits more often than from elsewhere, and so do people who want to be left alone.
    Role.TOR: Meaning("Tor exit", "lets traffic out of the Tor network", MODEST),
    # The public list has whole data centres in it.
    Role.VPN: Meaning("VPN or data centre", "is in a range of VPN providers and data centres"),
    Role.BLOCK_PAGE: Meaning("Block page", "answers for names that a filter blocks"),
}

_BY_NAME: Final = {
    "akamai": Role.DELIVERY,
    "cloudflare": Role.DELIVERY,
    "fastly": Role.DELIVERY,
    "stackpath": Role.DELIVERY,
    "amazon-aws": Role.CLOUD,
    "google-gcp": Role.CLOUD,
    "microsoft-azure": Role.CLOUD,
    "microsoft-azure-china": Role.CLOUD,
    "microsoft-azure-germany": Role.CLOUD,
    "microsoft-azure-us-gov": Role.CLOUD,
    "ovh-cluster": Role.CLOUD,
    "public-dns-v4": Role.RESOLVER,
    "public-dns-v6": Role.RESOLVER,
    "google-gmail-sending-ips": Role.MAIL,
    "smtp-receiving-ips": Role.MAIL,
    "smtp-sending-ips": Role.MAIL,
    "googlebot": Role.CRAWLER,
    "openai-gptbot": Role.CRAWLER,
    "sinkholes": Role.SINKHOLE,
    "shadowserver": Role.SCANNER,
    "tenable-cloud-ipv4": Role.SCANNER,
    "tenable-cloud-ipv6": Role.SCANNER,
    "vpn-ipv4": Role.VPN,
    "vpn-ipv6": Role.VPN,
    "umbrella-blockpage-v4": Role.BLOCK_PAGE,
    "umbrella-blockpage-v6": Role.BLOCK_PAGE,
}
# An operator's own list is known by a word of its name: "tor-exits", "office-vpn".
_BY_WORD: Final = {
    "tor": Role.TOR,
    "vpn": Role.VPN,
    "scanner": Role.SCANNER,
    "scanners": Role.SCANNER,
    "scanning": Role.SCANNER,
    "cdn": Role.DELIVERY,
    "cloud": Role.CLOUD,
    "sinkhole": Role.SINKHOLE,
    "sinkholes": Role.SINKHOLE,
    "crawler": Role.CRAWLER,
    "crawlers": Role.CRAWLER,
}


def find_role(list_name: str) -> Role | None:
    """What being in this list makes of an address; None for lists that do not say what an address is."""
    if list_name in _BY_NAME:
        return _BY_NAME[list_name]
    words = list_name.lower().replace("_", "-").split("-")
    return next((_BY_WORD[word] for word in words if word in _BY_WORD), None)
