"""The kinds of value that Stack knows, and the value itself."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a value is. Each kind has one canonical form (`normalise`) and one code in the database."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    CIDR = "cidr"
    DOMAIN = "domain"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    SSDEEP = "ssdeep"
    TLSH = "tlsh"
    MAC = "mac"
    ASN = "asn"
    CVE = "cve"
    ATTACK = "attack"
    NAME = "name"
    FILE_NAME = "file-name"
    PATH = "path"
    REGISTRY_KEY = "registry-key"
    USER_AGENT = "user-agent"
    MUTEX = "mutex"
    CERTIFICATE = "certificate"
    CRYPTO = "crypto"
    STIX_ID = "stix-id"
    TEXT = "text"


# Stored in the database: a code is never changed and never used again for another kind.
KIND_CODES: dict[Kind, int] = {
    Kind.IPV4: 1,
    Kind.IPV6: 2,
    Kind.CIDR: 3,
    Kind.DOMAIN: 4,
    Kind.URL: 5,
    Kind.EMAIL: 6,
    Kind.MD5: 7,
    Kind.SHA1: 8,
    Kind.SHA256: 9,
    Kind.SHA512: 10,
    Kind.SSDEEP: 11,
    Kind.TLSH: 12,
    Kind.MAC: 13,
    Kind.ASN: 14,
    Kind.CVE: 15,
    Kind.ATTACK: 16,
    Kind.NAME: 17,
    Kind.FILE_NAME: 18,
    Kind.PATH: 19,
    Kind.REGISTRY_KEY: 20,
    Kind.USER_AGENT: 21,
    Kind.MUTEX: 22,
    Kind.CERTIFICATE: 23,
    Kind.CRYPTO: 24,
    Kind.STIX_ID: 25,
    Kind.TEXT: 26,
}

KIND_TITLES: dict[Kind, str] = {
    Kind.IPV4: "IPv4 address",
    Kind.IPV6: "IPv6 address",
    Kind.CIDR: "network",
    Kind.DOMAIN: "domain",
    Kind.URL: "URL",
    Kind.EMAIL: "e-mail address",
    Kind.MD5: "MD5 hash",
    Kind.SHA1: "SHA-1 hash",
    Kind.SHA256: "SHA-256 hash",
    Kind.SHA512: "SHA-512 hash",
    Kind.SSDEEP: "ssdeep fuzzy hash",
    Kind.TLSH: "TLSH fuzzy hash",
    Kind.MAC: "MAC address",
    Kind.ASN: "autonomous system number",
    Kind.CVE: "CVE id",
    Kind.ATTACK: "ATT&CK id",
    Kind.NAME: "name",
    Kind.FILE_NAME: "file name",
    Kind.PATH: "path",
    Kind.REGISTRY_KEY: "registry key",
    Kind.USER_AGENT: "user agent",
    Kind.MUTEX: "mutex",
    Kind.CERTIFICATE: "certificate serial number or thumbprint",
    Kind.CRYPTO: "cryptocurrency wallet",
    Kind.STIX_ID: "STIX id",
    Kind.TEXT: "text",
}


class Observable(msgspec.Struct, frozen=True, gc=False):
    """A value with its kind; `value` is in the canonical form that `normalise` gives for the kind."""

    kind: Kind
    value: str
