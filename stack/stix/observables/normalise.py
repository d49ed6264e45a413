"""The canonical value of each kind: two writings of one value normalise to the same text."""

import ipaddress
import re
from collections.abc import Callable

from stack.stix.observables.kinds import Kind

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
_HEX_LENGTHS = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.SHA512: 128}
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_URL = re.compile(r"(?:([a-z][a-z0-9+.-]*):/{2,3})?([^/?#\\]+)(.*)", re.IGNORECASE | re.DOTALL | re.ASCII)
_AUTHORITY = re.compile(r"(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?", re.DOTALL | re.ASCII)
_DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}
_EMAIL = re.compile(r"([^@\s]{1,254})@([^@\s]+)")
_SSDEEP = re.compile(r"\d{1,10}:[A-Za-z0-9+/]{0,148}:[A-Za-z0-9+/]{0,148}", re.ASCII)
_TLSH = re.compile(r"(?:T1)?([0-9A-F]{70})", re.ASCII)
_ASN = re.compile(r"(?:ASN?)?\s*(\d{1,10})", re.IGNORECASE | re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_ATTACK = re.compile(r"T\d{4}(?:\.\d{3})?|(?:TA|DS|DC|AN|DET|[GSMCA])\d{4}", re.ASCII)
_STIX_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,249}--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ETHEREUM = re.compile(r"0x[0-9a-f]{40}", re.ASCII | re.IGNORECASE)
_BACKSLASHES = re.compile(r"(?<!^)\\{2,}")
_HIVES = {
    "hklm": "HKEY_LOCAL_MACHINE",
    "hkcu": "HKEY_CURRENT_USER",
    "hkcr": "HKEY_CLASSES_ROOT",
    "hku": "HKEY_USERS",
    "hkcc": "HKEY_CURRENT_CONFIG",
    "hkpd": "HKEY_PERFORMANCE_DATA",
}


def normalise(kind: Kind, value: str) -> str:
    """The canonical form of a value of this kind.

    Domains: lower case, A-labels, no trailing dot. URLs: scheme and host in lower case, default port dropped,
    an empty path is "/"; path, query and fragment stay as written: for file-sharing sites the fragment is
    the file. E-mail: all lower case, since no provider tells local parts apart by case. Names, file names,
    paths, registry keys, mutexes, user agents and text: case folded, runs of white space one space; registry
    hives by their full name; doubled backslashes single. Hashes, MAC addresses, certificates: lower-case hex.

    Raises ValueError, saying what was expected, for a value that cannot be of the kind. It expects fanged
    text: `refang` first.
    """
    return _NORMALISERS[kind](value)


def fold(value: str) -> str:
    """Case folded, with every run of white space one space."""
    return " ".join(value.split()).casefold()


def encode_host(value: str) -> str:
    """A host name in lower-case A-labels without the trailing dot; ValueError where it cannot be one."""
    host = value.strip().rstrip(".").lower()
    if not host.isascii():
        host = ".".join(_encode_label(label) for label in re.split("[.\u3002\uff0e\uff61]", host))
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ValueError("a domain has labels of 1 to 63 letters, digits and hyphens, 253 characters in all")
    return host


def _encode_label(label: str) -> str:
    if len(label) > 63:
        raise ValueError("a label of a domain has at most 63 characters")
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError as fault:
        raise ValueError(f"a label of this domain is not a valid international name: {fault}") from None


def _normalise_ipv4(value: str) -> str:
    text = value.strip()
    if not _IPV4.fullmatch(text):
        raise ValueError("an IPv4 address is four numbers from 0 to 255 without leading zeros")
    return text


def _normalise_ipv6(value: str) -> str:
    if "%" in value:
        raise ValueError("an IPv6 address with a zone means something on one machine only")
    return str(ipaddress.IPv6Address(value.strip().strip("[]")))


def _normalise_cidr(value: str) -> str:
    address, slash, prefix = value.strip().partition("/")
    if not slash or not prefix.isdecimal():
        raise ValueError("a network is an address, a slash and a prefix length")
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def _normalise_domain(value: str) -> str:
    host = encode_host(value)
    if "." not in host:
        raise ValueError("a domain has at least two labels")
    if host.rpartition(".")[2].isdecimal():
        raise ValueError("a domain does not end in a number")
    return host


def _normalise_url(value: str) -> str:
    parts = _URL.fullmatch(value.strip())
    if parts is None:
        raise ValueError("a URL is a scheme, a host and a path")
    scheme = (parts[1] or "").lower()
    authority = _AUTHORITY.fullmatch(parts[2])
    if authority is None:
        raise ValueError("the port of a URL is a number of at most five digits")
    user, host, port = authority.groups()
    path = parts[3]
    if not scheme and not (path.startswith("/") and "." in host):
        raise ValueError("a URL without a scheme has a host with a dot in it and a path")
    written = _normalise_url_host(host)
    if user is not None:
        written = f"{user}@{written}"
    if port and port != _DEFAULT_PORTS.get(scheme):
        written = f"{written}:{port}"
    if scheme:
        written = f"{scheme}://{written}"
    return written + (path if path.startswith("/") else f"/{path}")


def _normalise_url_host(host: str) -> str:
    if host.startswith("["):
        return f"[{_normalise_ipv6(host)}]"
    return encode_host(host)


def _normalise_email(value: str) -> str:
    parts = _EMAIL.fullmatch(value.strip())
    if parts is None:
        raise ValueError("an e-mail address is a mailbox, an @ and a domain")
    return f"{parts[1].lower()}@{encode_host(parts[2])}"


def _hash_normaliser(kind: Kind) -> Callable[[str], str]:
    length = _HEX_LENGTHS[kind]

    def normalise_hash(value: str) -> str:
        text = value.strip().lower()
        if len(text) != length or not _HEX.fullmatch(text):
            raise ValueError(f"a hash of kind {kind} is {length} hexadecimal digits")
        return text

    return normalise_hash


def _matcher(pattern: re.Pattern[str], expected: str, *, upper: bool = False) -> Callable[[str], str]:
    def normalise_match(value: str) -> str:
        text = value.strip()
        text = text.upper() if upper else text
        if not pattern.fullmatch(text):
            raise ValueError(expected)
        return text

    return normalise_match


def _normalise_tlsh(value: str) -> str:
    parts = _TLSH.fullmatch(value.strip().upper())
    if parts is None:
        raise ValueError("a TLSH hash is 70 hexadecimal digits, with or without T1 before them")
    return f"T1{parts[1]}"


def _normalise_mac(value: str) -> str:
    digits = re.sub(r"[:.\- ]", "", value.strip().lower())
    if len(digits) != 12 or not _HEX.fullmatch(digits):
        raise ValueError("a MAC address is six pairs of hexadecimal digits")
    return ":".join(digits[start : start + 2] for start in range(0, 12, 2))


def _normalise_asn(value: str) -> str:
    parts = _ASN.fullmatch(value.strip())
    if parts is None or int(parts[1]) >= 1 << 32:
        raise ValueError("an autonomous system number is AS and a number below 4294967296")
    return f"AS{int(parts[1])}"


def _normalise_stix_id(value: str) -> str:
    text = value.strip().lower()
    if not _STIX_ID.fullmatch(text):
        raise ValueError("a STIX id is an object type, two hyphens and a UUID")
    return text


def _normalise_certificate(value: str) -> str:
    digits = "".join(value.lower().split()).replace(":", "").replace("-", "")
    if not _HEX.fullmatch(digits):
        raise ValueError("a certificate's serial number or thumbprint is hexadecimal")
    return digits


def _normalise_crypto(value: str) -> str:
    text = value.strip()
    if _ETHEREUM.fullmatch(text) or text.lower().startswith("bc1"):
        return text.lower()
    if not text.isascii() or not text.isalnum():
        raise ValueError("a wallet is letters and digits")
    return text


def _normalise_path(value: str) -> str:
    return _BACKSLASHES.sub(r"\\", fold(value))


def _normalise_registry_key(value: str) -> str:
    path = _normalise_path(value).strip("\\")
    hive, _, rest = path.partition("\\")
    name = _HIVES.get(hive) or (hive.upper() if hive.startswith("hkey_") else hive)
    return f"{name}\\{rest}" if rest else name


_NORMALISERS: dict[Kind, Callable[[str], str]] = {
    Kind.IPV4: _normalise_ipv4,
    Kind.IPV6: _normalise_ipv6,
    Kind.CIDR: _normalise_cidr,
    Kind.DOMAIN: _normalise_domain,
    Kind.URL: _normalise_url,
    Kind.EMAIL: _normalise_email,
    Kind.MD5: _hash_normaliser(Kind.MD5),
    Kind.SHA1: _hash_normaliser(Kind.SHA1),
    Kind.SHA256: _hash_normaliser(Kind.SHA256),
    Kind.SHA512: _hash_normaliser(Kind.SHA512),
    Kind.SSDEEP: _matcher(_SSDEEP, "an ssdeep hash is a block size and two signatures between colons"),
    Kind.TLSH: _normalise_tlsh,
    Kind.MAC: _normalise_mac,
    Kind.ASN: _normalise_asn,
    Kind.CVE: _matcher(_CVE, "a CVE id is CVE-, a year and a number", upper=True),
    Kind.ATTACK: _matcher(_ATTACK, "an ATT&CK id looks like T1059.001 or G0016", upper=True),
    Kind.NAME: fold,
    Kind.FILE_NAME: fold,
    Kind.PATH: _normalise_path,
    Kind.REGISTRY_KEY: _normalise_registry_key,
    Kind.USER_AGENT: fold,
    Kind.MUTEX: _normalise_path,
    Kind.CERTIFICATE: _normalise_certificate,
    Kind.CRYPTO: _normalise_crypto,
    Kind.STIX_ID: _normalise_stix_id,
    Kind.TEXT: fold,
}
