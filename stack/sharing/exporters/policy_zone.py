"""A response policy zone (RPZ, draft-vixie-dnsop-dns-rpz) for BIND, Knot Resolver, Unbound and PowerDNS.

Names are relative, so that the zone may be called what its server wants. Domains answer to questions for them
and for what is below them, addresses to answers that contain them.
"""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from stack.core.errors import BadInput, FieldError
from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, write_comments
from stack.sharing.exporting.rows import Row, RowRules, drop_dangerous, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import encode_host

# A name has 255 octets with the zone's own name behind it.
_LONGEST_NAME = 190
_ACTIONS = {"nxdomain": ".", "nodata": "*.", "drop": "rpz-drop.", "passthru": "rpz-passthru."}
_SERIALS = 2**32


class Options(ExportOptions, frozen=True, kw_only=True):
    action: Annotated[
        Literal["nxdomain", "nodata", "drop", "passthru", "redirect"],
        msgspec.Meta(description="What becomes of a question"),
    ] = "nxdomain"
    target: Annotated[str, msgspec.Meta(max_length=190, description="Host that “redirect” leads to")] = ""
    subdomains: Annotated[bool, msgspec.Meta(description="Also the names below each name")] = True
    addresses: Annotated[bool, msgspec.Meta(description="Also answers with an address of an indicator")] = (
        True
    )
    ttl: Annotated[int, msgspec.Meta(ge=0, le=86_400, description="Seconds that answers are kept")] = 300
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "rpz"
    title = "Response policy zone for DNS servers"
    media_type = "text/dns;charset=utf-8"
    extension = "zone"
    types: tuple[str, ...] = ()
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = True
    comment = ";"
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        kinds = {Kind.DOMAIN} | ({Kind.IPV4, Kind.IPV6, Kind.CIDR} if options.addresses else set())
        rules = RowRules(
            carried=frozenset({"pattern", "value"}), kinds=kinds, observables=options.observables
        )
        rows = iterate_rows(items, rules=rules, occasion=occasion, losses=losses)
        rows = drop_repeats(drop_dangerous(rows, losses), losses)
        lines = _write_zone(rows, options, _choose_target(options), occasion, losses)
        return join_lines(write_comments(lines, comment=";", occasion=occasion, losses=losses))


def _choose_target(options: Options) -> str:
    if options.action != "redirect":
        return _ACTIONS[options.action]
    try:
        return f"{encode_host(options.target)}."
    except ValueError as error:
        message = f"expected the host that “redirect” leads to: {error}"
        raise BadInput(
            f"options.target: {message}", errors=(FieldError("options.target", message),)
        ) from None


def _write_zone(
    rows: Iterator[Row], options: Options, target: str, occasion: Occasion, losses: Losses
) -> Iterator[str]:
    serial = occasion.made_at // 1_000_000 % _SERIALS
    yield f"$TTL {options.ttl}"
    yield f"@ IN SOA localhost. hostmaster.localhost. {serial} 3600 600 604800 {options.ttl}"
    yield "@ IN NS localhost."
    for row in rows:
        if row.kind is Kind.DOMAIN:
            owners = [row.value, f"*.{row.value}"] if options.subdomains else [row.value]
        else:
            owners = [_write_trigger(row.value)]
        if len(owners[0]) > _LONGEST_NAME:
            losses.note("indicator", "pattern", f"a name of more than {_LONGEST_NAME} characters")
            continue
        losses.entries += 1
        for owner in owners:
            yield f"{owner} IN CNAME {target}"


def _write_trigger(value: str) -> str:
    """The owner of a rule about answers: `24.0.2.0.192.rpz-ip`, `48.zz.db8.2001.rpz-ip` (section 4.1.1)."""
    network = ipaddress.ip_network(value, strict=False)
    if network.version == 4:
        parts = str(network.network_address).split(".")
    else:
        groups = str(network.network_address).replace("::", ":zz:").strip(":")
        parts = groups.split(":")
    return ".".join([str(network.prefixlen), *reversed(parts), "rpz-ip"])
