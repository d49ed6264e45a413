"""Headings of CSV files that Stack knows, as `csv_layout.plain_name` writes them."""

from collections.abc import Mapping
from typing import Final

from stack.stix.observables.kinds import Kind

COLUMN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "value": (
        *("value", "indicator", "ioc", "ioc_value", "indicator_value", "observable", "observable_value"),
        *("artifact", "url", "domain", "domain_name", "hostname", "host", "fqdn", "ip", "ip_address"),
        *("ipaddress", "dst_ip", "dstip", "c2", "sha256", "sha256_hash", "sha1", "sha1_hash", "md5"),
        *("md5_hash", "hash", "file_hash", "email", "email_address"),
    ),
    "type": ("type", "indicator_type", "ioc_type", "observable_type", "kind"),
    "name": ("name", "title"),
    "description": ("description", "comment", "comments", "note", "notes", "details"),
    "labels": ("labels", "label", "tags", "tag"),
    "confidence": ("confidence", "confidence_level"),
    "valid_from": (
        *("valid_from", "first_seen", "first_seen_utc", "firstseen", "dateadded", "date_added", "date"),
        *("created", "timestamp"),
    ),
    "valid_until": ("valid_until", "expires", "expiration", "expiration_date"),
}
"""By role the headings that mean it, the surest first."""

KIND_NAMES: Final[Mapping[str, Kind]] = {
    name: kind
    for kind, names in (
        (Kind.IPV4, ("ipv4", "ipv4_addr", "ipv4_address", "ip_address", "ip_dst", "ip_src")),
        (Kind.IPV6, ("ipv6", "ipv6_addr", "ipv6_address")),
        (Kind.CIDR, ("cidr", "network", "subnet")),
        (Kind.DOMAIN, ("domain", "domain_name", "hostname", "host", "fqdn")),
        (Kind.URL, ("url", "uri")),
        (Kind.EMAIL, ("email", "email_addr", "email_address")),
        (Kind.MD5, ("md5", "md5_hash", "filehash_md5", "hash_md5")),
        (Kind.SHA1, ("sha1", "sha_1", "sha1_hash", "filehash_sha1", "hash_sha1")),
        (Kind.SHA256, ("sha256", "sha_256", "sha256_hash", "filehash_sha256", "hash_sha256")),
        (Kind.SHA512, ("sha512", "sha_512", "filehash_sha512", "hash_sha512")),
        (Kind.MAC, ("mac", "mac_addr", "mac_address")),
        (Kind.ASN, ("asn", "as")),
        (Kind.FILE_NAME, ("filename", "file_name")),
        (Kind.MUTEX, ("mutex",)),
        (Kind.REGISTRY_KEY, ("regkey", "registry_key")),
    )
    for name in names
}
"""What a type column, or the heading of a value column, says about the kind."""
