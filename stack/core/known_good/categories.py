"""What each public list means, by its name; the lists themselves do not say it.

A list of neither table means *false positive* only where it says so itself: a list that came with an update
must not take values out of block lists before anybody has looked at it.
"""

from typing import Final

# Sites by how many people visit them. A page below a popular name is often somebody else's.
POPULAR: Final = frozenset(
    (
        "alexa",
        "cisco_top1000",
        "cisco_top10k",
        "cisco_top20k",
        "cisco_top5k",
        "google-chrome-crux-1million",
        "majestic_million",
        "moz-top500",
        "tranco",
        "tranco10k",
    )
)

# To block one of these breaks things for many, or says nothing.
FALSE_POSITIVES: Final = POPULAR | frozenset(
    (
        "akamai",
        "apple",
        "bank-website",
        "captive-portals",
        "cloudflare",
        "common-contact-emails",
        "common-ioc-false-positive",
        "covid",
        "covid-19-cyber-threat-coalition-whitelist",
        "covid-19-krassi-whitelist",
        "crl-hostname",
        "crl-ip",
        "dax30",
        "eicar.com",
        "empty-hashes",
        "fastly",
        "google",
        "google-gmail-sending-ips",
        "googlebot",
        "ipv6-linklocal",
        "microsoft",
        "microsoft-office365",
        "microsoft-office365-cn",
        "microsoft-office365-ip",
        "microsoft-win10-connection-endpoints",
        "mozilla-CA",
        "mozilla-IntermediateCA",
        "multicast",
        "nioc-filehash",
        "public-dns-v4",
        "public-dns-v6",
        "rfc1918",
        "rfc3849",
        "rfc5735",
        "rfc6598",
        "rfc6761",
        "second-level-tlds",
        "security-provider-blogpost",
        "smtp-receiving-ips",
        "ti-falsepositives",
        "tlds",
        "umbrella-blockpage-hostname",
        "umbrella-blockpage-v4",
        "umbrella-blockpage-v6",
        "university_domains",
        "wikimedia",
        "zscaler",
    )
)
