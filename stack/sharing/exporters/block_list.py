"""Plain lists of values for firewalls, proxies and mail gateways: one value a line.

What the vendors take (their manuals, 2025): PAN-OS no lines of comment, URLs without scheme, 50,000 entries
of a kind on its smaller machines; FortiOS 131,072 entries a list; Cisco comments in lines of their own and no
/0; Squid (`acl … dstdomain`) a dot before the name for what is below it, and no name below another one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import quote

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.networks import NetworkSet
from stack.sharing.exporting.pieces import join_lines, write_comments
from stack.sharing.exporting.rows import Row, RowRules, drop_dangerous, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind

_KINDS: Final = {
    "ip": frozenset({Kind.IPV4, Kind.IPV6, Kind.CIDR}),
    "ipv4": frozenset({Kind.IPV4, Kind.CIDR}),
    "ipv6": frozenset({Kind.IPV6, Kind.CIDR}),
    "domain": frozenset({Kind.DOMAIN}),
    "url": frozenset({Kind.URL}),
    "email": frozenset({Kind.EMAIL}),
    "md5": frozenset({Kind.MD5}),
    "sha1": frozenset({Kind.SHA1}),
    "sha256": frozenset({Kind.SHA256}),
}
_WEB = re.compile(r"https?://", re.IGNORECASE)
# Characters of a URL that may stand as they are (RFC 3986); `%` begins what is escaped already.
_URL_SAFE: Final = "%/:?#[]@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class _Vendor:
    """`most` entries, 0 for no limit; a line has at most `longest` characters."""

    most: int = 0
    longest: int = 4096
    has_comments: bool = True
    has_schemes: bool = True
    before_domain: str = ""


_VENDORS: Final = {
    "plain": _Vendor(),
    "palo-alto": _Vendor(most=50_000, longest=255, has_comments=False, has_schemes=False),
    "fortinet": _Vendor(most=131_072, longest=4_000),
    "cisco": _Vendor(),
    "squid": _Vendor(before_domain="."),
}


class Options(ExportOptions, frozen=True, kw_only=True):
    kind: Annotated[
        Literal["ip", "ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256"],
        msgspec.Meta(description="What the list is of"),
    ] = "ip"
    vendor: Annotated[
        Literal["plain", "palo-alto", "fortinet", "cisco", "squid"],
        msgspec.Meta(description="Whose syntax and limits hold"),
    ] = "plain"
    aggregate: Annotated[bool, msgspec.Meta(description="The fewest networks that say the same")] = True
    limit: Annotated[int, msgspec.Meta(ge=0, description="Most entries; 0 for the vendor's limit")] = 0
    comments: Annotated[bool, msgspec.Meta(description="Lines of comment, where the vendor takes them")] = (
        True
    )
    private: Annotated[bool, msgspec.Meta(description="Also private, reserved and very wide networks")] = (
        False
    )
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "list"
    title = "Plain list for firewalls and proxies"
    media_type = "text/plain;charset=utf-8"
    extension = "txt"
    types: tuple[str, ...] = ()
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = False
    comment = "#"
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        vendor = _VENDORS[options.vendor]
        rules = RowRules(
            carried=frozenset({"pattern", "value"}),
            kinds=_KINDS[options.kind],
            observables=options.observables,
        )
        rows = iterate_rows(items, rules=rules, occasion=occasion, losses=losses)
        lines = _limit(_write_entries(rows, options, vendor, losses), options.limit or vendor.most, losses)
        if options.comments and vendor.has_comments:
            lines = write_comments(lines, comment="#", occasion=occasion, losses=losses)
        return join_lines(lines)


def _write_entries(rows: Iterator[Row], options: Options, vendor: _Vendor, losses: Losses) -> Iterator[str]:
    if options.kind in {"ip", "ipv4", "ipv6"}:
        yield from _write_networks(rows, options, losses)
        return
    distinct = drop_repeats(rows, losses)
    for row in _drop_covered(distinct, losses) if vendor.before_domain else distinct:
        if row.kind is Kind.URL:
            entry = _write_url(row.value, vendor, losses)
        else:
            entry = vendor.before_domain + row.value if row.kind is Kind.DOMAIN else row.value
        if len(entry) > vendor.longest:
            losses.note("indicator", "pattern", f"a value of more than {vendor.longest} characters")
        elif entry:
            yield entry


def _drop_covered(rows: Iterator[Row], losses: Losses) -> Iterator[Row]:
    """Domains in the order of their labels from the right, without those below another one."""
    above = "\0"
    for key, row in sorted(((_turn_round(row.value), row) for row in rows), key=lambda pair: pair[0]):
        if key.startswith(above):
            losses.leave_out("below another name of the list")
            continue
        above = key
        yield row


def _turn_round(domain: str) -> str:
    return ".".join(reversed(domain.split("."))) + "."


def _write_networks(rows: Iterator[Row], options: Options, losses: Losses) -> Iterator[str]:
    safe = _drop_other_version(rows, options, losses)
    if not options.private:
        safe = drop_dangerous(safe, losses)
    if not options.aggregate:
        yield from (row.value for row in drop_repeats(safe, losses))
        return
    networks = NetworkSet()
    for row in safe:
        networks.add(row.value)
    yield from networks.collapse()


def _drop_other_version(rows: Iterator[Row], options: Options, losses: Losses) -> Iterator[Row]:
    unwanted = {"ipv4": ":", "ipv6": "."}.get(options.kind)
    for row in rows:
        if unwanted and unwanted in row.value:
            losses.leave_out("of the other version of the internet protocol")
        else:
            yield row


def _write_url(value: str, vendor: _Vendor, losses: Losses) -> str:
    if "#" in value:
        # What stands after it never leaves the browser: without it the entry would mean the whole page.
        losses.note("indicator", "pattern", "a URL with a fragment, which no firewall sees")
        return ""
    written = quote(value, safe=_URL_SAFE)
    return written if vendor.has_schemes else _WEB.sub("", written, count=1)


def _limit(entries: Iterator[str], most: int, losses: Losses) -> Iterator[str]:
    for entry in entries:
        if most and losses.entries >= most:
            losses.leave_out(f"beyond the limit of {most} entries")
            continue
        losses.entries += 1
        yield entry
