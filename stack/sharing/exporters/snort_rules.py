"""Rules for Snort 3, and with `version=2` for Snort 2.9: names in DNS, TLS and HTTP, URLs, addresses.

Numbers (`sid`) are those of the value and stay the same from run to run.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

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
_SERVICES: Final = {"dns": "dns", "tls": "ssl", "http": "http"}
_TO_SERVER: Final = "flow:to_server,established; "


class Options(ExportOptions, frozen=True, kw_only=True):
    version: Annotated[Literal["2", "3"], msgspec.Meta(description="Whose syntax")] = "3"
    action: Annotated[
        str, msgspec.Meta(pattern="^(alert|drop|reject|block)$", description="alert, drop, reject or block")
    ] = "alert"
    classtype: Annotated[
        str, msgspec.Meta(pattern="^[a-z0-9-]{1,60}$", description="A name of classification.config")
    ] = "trojan-activity"
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "snort"
    title = "Snort rules"
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
        for name, header, match in _list_matches(row, options, losses):
            told = [f"{key} {value}" for key, value in list_metadata(row).items()]
            service = ""
            if name != "ip" and options.version == "2":
                told.append(f"service {_SERVICES[name]}")
            elif name != "ip":
                service = f"service:{_SERVICES[name]}; "
            metadata = f"metadata:{','.join(told)}; " if told else ""
            sid = numbers.choose("snort", name, row.kind, row.value)
            losses.entries += 1
            yield (
                f'{options.action} {header} (msg:"{write_message(row)}"; {match}{service}{metadata}'
                f"classtype:{options.classtype}; sid:{sid}; rev:1;)"
            )


def _list_matches(row: Row, options: Options, losses: Losses) -> Iterator[tuple[str, str, str]]:
    """What it is about, protocol with addresses, and what is looked for, of each rule that a value makes."""
    if row.kind is Kind.DOMAIN:
        name = row.value.encode()
        yield (
            "dns",
            "udp $HOME_NET any -> any 53",
            f"flow:to_server; {_find(_write_labels(row.value), options, is_caseless=True)}",
        )
        yield (
            "tls",
            "tcp $HOME_NET any -> any 443",
            f"{_TO_SERVER}{_find(b'|16 03|', options, is_raw=True)}{_find(name, options, is_caseless=True)}",
        )
        yield "http", "tcp $HOME_NET any -> any $HTTP_PORTS", _TO_SERVER + _find_host(name, options)
    elif row.kind is Kind.URL:
        match = _match_url(row.value, options, losses)
        if match:
            yield "http", "tcp $HOME_NET any -> any $HTTP_PORTS", match
    else:
        yield "ip", f"ip $HOME_NET any <> {row.value} any", ""


def _find(content: bytes, options: Options, *, is_caseless: bool = False, is_raw: bool = False) -> str:
    text = content.decode("ascii") if is_raw else escape_content(content)
    if not is_caseless:
        return f'content:"{text}"; '
    return f'content:"{text}"; nocase; ' if options.version == "2" else f'content:"{text}",nocase; '


def _find_host(name: bytes, options: Options) -> str:
    if options.version == "2":
        return f'content:"{escape_content(b"Host: " + name)}"; nocase; http_header; '
    return f"http_header:field host; {_find(name, options, is_caseless=True)}"


def _write_labels(domain: str) -> bytes:
    """The name as a question of DNS has it (RFC 1035, section 3.1), up to its end."""
    labels = (label.encode("ascii") for label in domain.split("."))
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _match_url(value: str, options: Options, losses: Losses) -> str:
    request = read_request(value, losses)
    if request is None:
        return ""
    name, path = request
    host = _TO_SERVER + _find_host(name, options)
    if options.version == "2":
        return f'{host}content:"{escape_content(path)}"; http_raw_uri; '
    return f'{host}http_raw_uri; content:"{escape_content(path)}"; '
