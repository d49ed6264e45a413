"""Reads warning lists: those of MISP, and an operator's own, one value a line."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NamedTuple

import msgspec

from stack.core.known_good.categories import FALSE_POSITIVES, POPULAR
from stack.core.known_good.records import Category

ADDRESSES = frozenset(("ipv4", "ipv6", "cidr"))
_HOSTS = frozenset(("domain", "url"))
_NAMED = _HOSTS | {"email"}
_HASHES = frozenset(("md5", "sha1", "sha256", "sha512", "ssdeep", "certificate"))
_EVERY_KIND = ADDRESSES | _NAMED | _HASHES
# MISP's attribute types to Stack's kinds; a composite such as "filename|md5" counts for its last part.
_KINDS = {
    "ip-src": ADDRESSES,
    "ip-dst": ADDRESSES,
    "domain": {"domain"},
    "hostname": {"domain"},
    "url": {"url"},
    "uri": {"url"},
    "email-src": {"email"},
    "email-dst": {"email"},
    "target-email": {"email"},
    "md5": {"md5"},
    "sha1": {"sha1"},
    "sha256": {"sha256"},
    "sha512": {"sha512"},
    "ssdeep": {"ssdeep"},
    "x509-fingerprint-md5": {"certificate"},
    "x509-fingerprint-sha1": {"certificate"},
    "x509-fingerprint-sha256": {"certificate"},
}
_HEX = re.compile(r"[0-9a-f]{32,128}", re.ASCII)
_NETWORK = re.compile(r"[0-9a-f:.]+(?:/\d{1,3})?", re.IGNORECASE | re.ASCII)


class Host(NamedTuple):
    """A host name in lower case; with `below`, what is below it belongs to the list too."""

    name: str
    below: bool


class Exact(NamedTuple):
    text: str


class Expression(NamedTuple):
    text: str


Entry = Host | Exact | Expression | IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class WarningList:
    """A list as read; `values` are as written, `matching` is MISP's word for how, or "any" of an own list."""

    name: str
    title: str
    version: int
    category: Category
    matching: str
    kinds: frozenset[str]
    values: list[str]
    is_popular: bool = False
    is_own: bool = False


class _MispList(msgspec.Struct):
    name: str
    version: int
    type: str
    values: list[str] = msgspec.field(name="list")
    matching_attributes: list[str] = []
    category: str = ""


def find_package_lists() -> Path:
    """The folder of the lists in the package; nothing of the package is run."""
    spec = find_spec("pymispwarninglists")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package pymispwarninglists is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / "misp-warninglists" / "lists"


def list_files(folder: Path) -> list[Path]:
    """The files of lists in a folder: MISP's `NAME/list.json`, and `NAME.json` and `NAME.txt`."""
    return sorted([*folder.glob("*/list.json"), *folder.glob("*.json"), *folder.glob("*.txt")])


def digest_files(files: Iterable[Path], *, layout: bytes) -> str:
    """Changes when a file comes, goes, or is written again, and with the layout of what is built of them."""
    digest = hashlib.sha256(layout)
    for file in files:
        status = file.stat()
        digest.update(f"{file}\n{status.st_size}\n{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:24]


def read_list(file: Path, *, is_own: bool) -> WarningList:
    """ValueError names the file and says what is wrong with it."""
    if file.suffix == ".txt":
        return _read_plain(file)
    try:
        found = msgspec.json.decode(file.read_bytes(), type=_MispList)
    except msgspec.DecodeError as error:
        raise ValueError(f"{file.name} is not a warning list of MISP: {error}") from None
    name = file.parent.name if file.name == "list.json" else file.stem
    stated = found.category.strip().lower().replace(" ", "_")
    trusted = is_own and not stated
    is_false = name in FALSE_POSITIVES or stated == Category.FALSE_POSITIVE or trusted
    return WarningList(
        name=name,
        title=found.name,
        version=found.version,
        category=Category.FALSE_POSITIVE if is_false else Category.KNOWN,
        matching=found.type,
        kinds=_translate_kinds(found.matching_attributes) if found.matching_attributes else _EVERY_KIND,
        values=found.values,
        is_popular=not is_own and name in POPULAR,
        is_own=is_own,
    )


def read_entries(source: WarningList) -> Iterator[Entry]:
    """Each value as what it is; what is of no use for the list's kind is left out."""
    if source.matching in {"hostname", "string"} and source.kinds & _NAMED and not source.kinds & ADDRESSES:
        # The millions of names of popular sites are written as they are kept, but for a few.
        is_whole = source.matching == "hostname"
        for written in source.values:
            below = is_whole or written[:1] == "."
            if written.isascii() and "/" not in written and (name := written.strip(" .*").lower()):
                yield Host(name, below)
            elif entry := _read_host(written.strip(), below=below):
                yield entry
        return
    for written in source.values:
        value = written.strip()
        if value and (entry := _read_entry(value, source.matching, source.kinds)) is not None:
            yield entry


def _read_plain(file: Path) -> WarningList:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    values = [line.partition(" #")[0].strip() for line in lines]
    return WarningList(
        name=file.stem,
        title=file.stem.replace("-", " ").replace("_", " "),
        version=int(file.stat().st_mtime),
        category=Category.FALSE_POSITIVE,
        matching="any",
        kinds=_EVERY_KIND,
        values=[value for value in values if value and not value.startswith("#")],
        is_own=True,
    )


def _translate_kinds(attributes: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for attribute in attributes:
        for part in attribute.split("|"):
            found |= _KINDS.get(part, set())
    return frozenset(found)


def _read_entry(value: str, matching: str, kinds: frozenset[str]) -> Entry | None:
    if matching == "regex":
        return Expression(value)
    if kinds & ADDRESSES and _NETWORK.fullmatch(value):
        with suppress(ValueError):
            return ip_network(value, strict=False)
    if matching == "any":
        return _read_own(value)
    if kinds & _NAMED:
        # "substring" would hold evil-mail.example.net for "mail.example": whole labels say what is meant.
        return _read_host(value, below=matching != "string" or value.startswith("."))
    return None if matching == "cidr" else Exact(value.lower())


def _read_own(value: str) -> Entry | None:
    if "://" in value:
        return Exact(value)
    if "@" in value or "." not in value or _HEX.fullmatch(value.lower()):
        return Exact(value.lower())
    return _read_host(value, below=True)


def _read_host(value: str, *, below: bool) -> Entry | None:
    name = value.strip(".*").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return Host(name, below) if name and "/" not in name else None
