"""Rules for Suricata 6 and later: names in DNS, TLS and HTTP, URLs, addresses.

Numbers (`sid`) are those of the value and stay the same from run to run. For many thousands of values use the
format “suricata-dataset”: one rule asks a set.
"""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, write_comments
from stack.sharing.exporting.rows import (
    NETWORK_KINDS,
    Row,
    RowRules,
    drop_dangerous,
    drop_repeats,
    iterate_rows,
)
from stack.sharing.exporting.signatures import (
    SidNumbers,
    escape_content,
    list_metadata,
    read_request,
    write_message,
)
from stack.stix.observables.kinds import Kind

_CARRIED: Final = frozenset({"pattern", "value", "id", "name", "confidence"})


class Options(ExportOptions, frozen=True, kw_only=True):
    action: Annotated[
        str, msgspec.Meta(pattern="^(alert|drop|reject|pass)$", description="alert, drop, reject or pass")
    ] = "alert"
    classtype: Annotated[
        str, msgspec.Meta(pattern="^[a-z0-9-]{1,60}$", description="A name of classification.config")
    ] = "trojan-activity"
    dns: Annotated[bool, msgspec.Meta(description="Rules for names in questions of DNS")] = True
    tls: Annotated[bool, msgspec.Meta(description="Rules for names in handshakes of TLS")] = True
    http: Annotated[bool, msgspec.Meta(description="Rules for names in requests of HTTP")] = True
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "suricata"
    title = "Suricata rules"
    media_type = "text/plain;charset=utf-8"
    extension = "rules"
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
        rules = RowRules(carried=_CARRIED, kinds=NETWORK_KINDS, observables=options.observables)
        rows = iterate_rows(items, rules=rules, occasion=occasion, losses=losses)
        rows = drop_repeats(drop_dangerous(rows, losses), losses)
        lines = _write_rules(rows, options, losses)
        return join_lines(write_comments(lines, comment="#", occasion=occasion, losses=losses))


def _write_rules(rows: Iterator[Row], options: Options, losses: Losses) -> Iterator[str]:
    numbers = SidNumbers()
    for row in rows:
        for protocol, header, match in _list_matches(row, options, losses):
            told = ", ".join(f"{name} {value}" for name, value in list_metadata(row).items())
            sid = numbers.choose("suricata", protocol, row.kind, row.value)
            losses.entries += 1
            yield (
                f'{options.action} {protocol} {header} (msg:"{write_message(row)}"; {match}'
                f"classtype:{options.classtype}; sid:{sid}; rev:1;"
                f"{f' metadata:{told};' if told else ''})"
            )


def _list_matches(row: Row, options: Options, losses: Losses) -> Iterator[tuple[str, str, str]]:
    """Protocol, addresses and what is looked for, of each rule that a value makes."""
    client = "$HOME_NET any -> any any"
    if row.kind is Kind.DOMAIN:
        name = f'dotprefix; content:".{row.value}"; endswith;'
        if options.dns:
            yield "dns", client, f"dns.query; {name} nocase; "
        if options.tls:
            yield "tls", client, f"flow:established,to_server; tls.sni; {name} nocase; "
        if options.http:
            # http.host is in lower case already, and refuses `nocase`.
            yield "http", client, f"flow:established,to_server; http.host; {name} "
    elif row.kind is Kind.URL:
        match = _match_url(row.value, losses)
        if match:
            yield "http", client, match
    else:
        yield "ip", f"$HOME_NET any <> {row.value} any", ""


def _match_url(value: str, losses: Losses) -> str:
    request = read_request(value, losses)
    if request is None:
        return ""
    host, path = request
    return (
        f'flow:established,to_server; http.host; content:"{host.decode()}"; bsize:{len(host)}; '
        f'http.uri.raw; content:"{escape_content(path)}"; bsize:{len(path)}; '
    )
