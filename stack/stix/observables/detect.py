"""Says what one pasted value is, by its shape, fanged or defanged."""

import re
from collections.abc import Callable

import msgspec

from stack.stix.observables.file_names import DOUBTFUL_ENDINGS, FILE_ENDINGS
from stack.stix.observables.kinds import KIND_TITLES, Kind, Observable
from stack.stix.observables.normalise import normalise
from stack.stix.observables.refang import refang
from stack.stix.observables.suffixes import ends_publicly
from stack.stix.observables.wallets import is_bitcoin_address


class Detection(msgspec.Struct, frozen=True, gc=False):
    """How an input was read: `note` says it in words that the look-up page shows."""

    input: str
    observable: Observable
    refanged: bool
    note: str


class _Reading(msgspec.Struct, frozen=True, gc=False):
    observable: Observable
    remark: str = ""


NETWORK_KINDS = frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR, Kind.DOMAIN, Kind.URL, Kind.EMAIL})

# Values of one machine, or of letters and digits only: nobody defangs them, and a backslash is part of them.
_LOCAL_SHAPES = re.compile(
    r"""
      (?P<sha256>[0-9a-f]{64}) | (?P<md5>[0-9a-f]{32}) | (?P<sha1>[0-9a-f]{40}) | (?P<sha512>[0-9a-f]{128})
    | (?P<registry_key>(?:HKEY_[A-Z_]+|HKLM|HKCU|HKCR|HKU|HKCC)(?:\\.*)?)
    | (?P<mutex>(?:Global|Local)\\.+)
    | (?P<path>[A-Z]:[\\/].* | \\\\[^\\].* | %\w+(?:\(\w+\))?%[\\/].* | (?:/|~/|\./)[^/\s].*)
    | (?P<cve>CVE-\d{4}-\d{4,19})
    | (?P<attack>T\d{4}(?:\.\d{3})?|(?:TA|DS|DC|AN|DET|[GSMCA])\d{4})
    | (?P<mac>[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})
    | (?P<asn>ASN?\s?\d{1,10})
    | (?P<certificate>[0-9a-f]{2}(?:[:-][0-9a-f]{2}){8,63})
    | (?P<tlsh>(?:T1)?[0-9a-f]{70})
    | (?P<ssdeep>\d{1,10}:[a-z0-9+/]{3,148}:[a-z0-9+/]{3,148})
    | (?P<stix_id>[a-z][a-z0-9-]{0,249}--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
    | (?P<crypto>0x[0-9a-f]{40}|bc1[0-9a-z]{11,87}|[13][a-z0-9]{25,34})
    | (?P<user_agent>(?:Mozilla|Opera|Dalvik|curl|Wget|python-requests|Go-http-client|okhttp)/\d.*)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII | re.DOTALL,
)
_NETWORK_SHAPES = re.compile(
    r"""
      (?P<address>\d{1,3}(?:\.\d{1,3}){3}(?:[/:]\d{1,5})?
         | \[?[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]*\]?(?:/\d{1,3})?)
    | (?P<url>[a-z][a-z0-9+.-]{0,30}:/{2,3}[^\s/].*)
    | (?P<email>[^\s@/\\:<>()"]{1,254}@[^\s@/\\:.]+\.[^\s@/\\:]{1,253})
    | (?P<bare_url>[^\s@/\\:?#<>()"']{1,253}\.[^\s@/\\:?#<>()"'.]{1,63}(?::\d{1,5})?/.*)
    | (?P<host>[^\s@/\\:?#%<>()\[\]"']{1,253}\.[^\s@/\\:?#%<>()\[\]"'.]{1,63}\.?(?::\d{1,5})?)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII | re.DOTALL,
)
_QUOTE_PAIRS = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»"}
_QUOTES = "".join({*_QUOTE_PAIRS.keys(), *_QUOTE_PAIRS.values()})
_BRACKET_PAIRS = {"<": ">", "(": ")", "[": "]", "{": "}"}


def detect(text: str) -> Detection:
    """Reads one value. Never raises: what has no known shape is text, case folded.

    A bare name that may be a file or a host ("setup.zip") is read as a file; "setup[.]zip" is a host.
    """
    value = strip_wrapping(text)
    reading = _read_local(value)
    fanged = value
    if reading is None:
        fanged = refang(value)
        reading = _read_network(fanged, refanged=fanged != value)
    if reading is None:
        fanged = value
        reading = _read_name(value)
    refanged = fanged != value
    title = KIND_TITLES[reading.observable.kind]
    note = f"{title}, refanged from {value}" if refanged else title
    return Detection(
        text, reading.observable, refanged, f"{note}; {reading.remark}" if reading.remark else note
    )


def detect_as(text: str, kind: Kind) -> Detection:
    """Reads the value as the kind that the user chose; ValueError with the reason where it cannot be that."""
    value = strip_wrapping(text)
    fanged = refang(value) if kind in NETWORK_KINDS else value
    note = f"{KIND_TITLES[kind]}, as you chose"
    if fanged != value:
        note = f"{note}, refanged from {value}"
    return Detection(text, Observable(kind, normalise(kind, fanged)), fanged != value, note)


def read_address(text: str) -> Observable:
    """An IP address or network; a network of one address is that address. ValueError where it is neither."""
    if "/" in text:
        network = normalise(Kind.CIDR, text)
        address, _, prefix = network.partition("/")
        if prefix != ("128" if ":" in address else "32"):
            return Observable(Kind.CIDR, network)
        text = address
    kind = Kind.IPV6 if ":" in text else Kind.IPV4
    return Observable(kind, normalise(kind, text))


def strip_wrapping(text: str) -> str:
    """Without the white space, quotes, brackets and trailing commas that come along with a copied value."""
    value = text.strip().rstrip(",;").rstrip()
    if len(value.split(None, 1)) < 2:
        value = value.strip(_QUOTES)
    elif _QUOTE_PAIRS.get(value[0]) == value[-1]:
        value = value[1:-1].strip()
    while len(value) > 2 and _BRACKET_PAIRS.get(value[0]) == value[-1] and value[0] not in value[1:]:
        value = value[1:-1].strip()
    return value


def _read_local(value: str) -> _Reading | None:
    shape = _LOCAL_SHAPES.fullmatch(value)
    if shape is None or shape.lastgroup is None:
        return None
    kind = Kind(shape.lastgroup.replace("_", "-"))
    if kind is Kind.CRYPTO and not (value[:2].lower() == "0x" or is_bitcoin_address(value)):
        return None
    return _Reading(Observable(kind, normalise(kind, value)))


def _read_network(value: str, *, refanged: bool) -> _Reading | None:
    shape = _NETWORK_SHAPES.fullmatch(value)
    if shape is None or shape.lastgroup is None:
        return None
    try:
        return _NETWORK_READERS[shape.lastgroup](value, refanged)
    except ValueError:
        return None


def _read_any_address(value: str, refanged: bool) -> _Reading | None:
    address, colon, port = value.partition(":")
    if colon and "." in address:
        return _Reading(read_address(address), f"port {port} left out")
    return _Reading(read_address(value))


def _read_url(value: str, refanged: bool) -> _Reading | None:
    return _Reading(Observable(Kind.URL, normalise(Kind.URL, value)))


def _read_email(value: str, refanged: bool) -> _Reading | None:
    return _Reading(Observable(Kind.EMAIL, normalise(Kind.EMAIL, value)))


def _read_bare_url(value: str, refanged: bool) -> _Reading | None:
    host, _, rest = value.partition("/")
    if not rest:
        return _read_host(host, refanged)
    name = host.partition(":")[0].lower()
    if not refanged and not ends_publicly(name) and not name.replace(".", "").isdecimal():
        return None
    return _Reading(Observable(Kind.URL, normalise(Kind.URL, value)), "without a scheme")


def _read_host(value: str, refanged: bool) -> _Reading | None:
    host, _, port = value.partition(":")
    name = normalise(Kind.DOMAIN, host)
    ending = name.rpartition(".")[2]
    known = ends_publicly(name)
    if not refanged and not port:
        if not known:
            return None
        if ending in DOUBTFUL_ENDINGS and name.count(".") == 1:
            remark = f"could be a domain too: write it {name.replace('.', '[.]')} to have it read as one"
            return _Reading(Observable(Kind.FILE_NAME, normalise(Kind.FILE_NAME, host)), remark)
    remark = f"port {port} left out" if port else ("" if known else f"no public suffix .{ending} is known")
    return _Reading(Observable(Kind.DOMAIN, name), remark)


def _read_name(value: str) -> _Reading:
    kind = Kind.TEXT
    if "\\" in value:
        kind = Kind.PATH
    elif (
        "/" not in value
        and len(value) <= 255
        and value.rpartition(".")[2].lower() in FILE_ENDINGS
        and "." in value
    ):
        kind = Kind.FILE_NAME
    return _Reading(Observable(kind, normalise(kind, value)))


_NETWORK_READERS: dict[str, Callable[[str, bool], _Reading | None]] = {
    "address": _read_any_address,
    "url": _read_url,
    "email": _read_email,
    "bare_url": _read_bare_url,
    "host": _read_host,
}
