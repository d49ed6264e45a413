"""OpenIOC 1.1 (Mandiant, schemas/ioc.xsd): one indicator of compromise, any of whose values is a match."""

import re
from collections.abc import Iterator
from typing import Annotated, Final
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

import msgspec

from stack.sharing.exporting.base import ExportOptions, Item, Occasion
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.pieces import join_lines, show_on_one_line
from stack.sharing.exporting.rows import Row, RowRules, drop_repeats, iterate_rows
from stack.stix.observables.kinds import Kind
from stack.stix.timestamps import format_instant

_NAMESPACE: Final = UUID("5e1c2d0a-7a1e-5f0c-9a53-0d3b4c1a2f86")
# Of each kind: the document, the term and the type of the content (Mandiant's list of terms).
_TERMS: Final = {
    Kind.IPV4: ("PortItem", "PortItem/remoteIP", "IP"),
    Kind.IPV6: ("PortItem", "PortItem/remoteIP", "IP"),
    Kind.CIDR: ("PortItem", "PortItem/remoteIP", "IP"),
    Kind.DOMAIN: ("Network", "Network/DNS", "string"),
    Kind.URL: ("Network", "Network/URI", "string"),
    Kind.EMAIL: ("Email", "Email/From", "string"),
    Kind.MD5: ("FileItem", "FileItem/Md5sum", "md5"),
    Kind.SHA1: ("FileItem", "FileItem/Sha1sum", "sha1"),
    Kind.SHA256: ("FileItem", "FileItem/Sha256sum", "sha256"),
    Kind.FILE_NAME: ("FileItem", "FileItem/FileName", "string"),
    Kind.PATH: ("FileItem", "FileItem/FullPath", "string"),
    Kind.REGISTRY_KEY: ("RegistryItem", "RegistryItem/KeyPath", "string"),
    Kind.MUTEX: ("ProcessItem", "ProcessItem/HandleList/Handle/Name", "string"),
    Kind.USER_AGENT: ("Network", "Network/UserAgent", "string"),
}
# What XML 1.0 cannot hold, also not as a reference (section 2.2).
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Options(ExportOptions, frozen=True, kw_only=True):
    author: Annotated[str, msgspec.Meta(max_length=200, description="Who wrote it")] = "Stack"
    observables: Annotated[bool, msgspec.Meta(description="Also the values of observables")] = False


class Exporter:
    name = "openioc"
    title = "OpenIOC 1.1"
    media_type = "application/xml;charset=utf-8"
    extension = "ioc"
    types: tuple[str, ...] = ()
    is_block_list = True
    is_by_value = True
    has_removals = False
    is_dated = True
    comment = ""
    options_type = Options

    @staticmethod
    def write(
        items: Iterator[Item], *, options: Options, occasion: Occasion, losses: Losses
    ) -> Iterator[bytes]:
        rules = RowRules(
            carried=frozenset({"pattern", "value", "name"}), kinds=_TERMS, observables=options.observables
        )
        rows = drop_repeats(iterate_rows(items, rules=rules, occasion=occasion, losses=losses), losses)
        return join_lines(_write_document(rows, options, occasion, losses))


def _write_document(
    rows: Iterator[Row], options: Options, occasion: Occasion, losses: Losses
) -> Iterator[str]:
    title, made = show_on_one_line(_clean(occasion.title)), f"{format_instant(occasion.made_at)[:19]}Z"
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield (
        f'<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="{uuid5(_NAMESPACE, title)}" '
        f'last-modified="{made}" published-date="{made}">'
    )
    yield "  <metadata>"
    yield f"    <short_description>{escape(title)}</short_description>"
    yield f"    <authored_by>{escape(_clean(options.author))}</authored_by>"
    yield "  </metadata>"
    yield "  <criteria>"
    yield f'    <Indicator id="{uuid5(_NAMESPACE, title + "/any")}" operator="OR">'
    for row in rows:
        document, term, kind = _TERMS[row.kind]
        losses.entries += 1
        identity = uuid5(_NAMESPACE, f"{row.kind}/{row.value}")
        yield f'      <IndicatorItem id="{identity}" condition="is" preserve-case="false" negate="false">'
        yield f'        <Context document={quoteattr(document)} search={quoteattr(term)} type="mir" />'
        yield f"        <Content type={quoteattr(kind)}>{escape(_clean(row.value))}</Content>"
        if row.get_text("name"):
            yield f"        <!-- {_clean_comment(row.get_text('name'))} -->"
        yield "      </IndicatorItem>"
    yield "    </Indicator>"
    yield "  </criteria>"
    yield "  <parameters />"
    yield "</OpenIOC>"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _clean_comment(text: str) -> str:
    """A comment holds no two hyphens, and does not end in one (XML 1.0, section 2.5)."""
    return re.sub("-+", "-", show_on_one_line(_clean(text))).strip("-")
