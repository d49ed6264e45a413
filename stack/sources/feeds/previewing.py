"""A look at what a feed would bring, before it does: a bounded beginning, parsed and not stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import orjson

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import BadInput, StackError
from stack.core.http.client import HttpLimits
from stack.ingest.base import ParseOptions, Record, RecordFault
from stack.ingest.formats import find_parser
from stack.ingest.streams import ByteStream
from stack.sources.feeds.base import FeedPlugin, Piece
from stack.sources.feeds.catalogue import get_vendor, name_format
from stack.sources.feeds.credentials import open_credentials
from stack.sources.feeds.errors import Cause, FeedFailure, FeedRefused
from stack.sources.feeds.operations import is_same_place
from stack.sources.feeds.queries import find_feed
from stack.sources.feeds.records import CheckRow, PreviewRow
from stack.sources.feeds.visiting import open_visit
from stack.stix.timestamps import format_instant
from stack.store.queries.objects import find_objects

_HEAD = 2 * 1024 * 1024
_ITEMS = 2_000
_SHOWN = 20
_MESSAGES = 10
_LIMITS = {"connect_s": 5.0, "read_s": 10.0, "total_s": 30.0, "most_redirects": 3}


@dataclass(slots=True)
class _Found:
    records: list[Record] = field(default_factory=list)
    faults: list[RecordFault] = field(default_factory=list)
    problem: str = ""


def preview_feed(
    principal: Principal,
    *,
    feed_id: int | None = None,
    vendor: str = "",
    options: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
) -> PreviewRow:
    """Of a feed that there is, with what is chosen here in the place of what is kept, or of a vendor.

    Raises `FeedRefused` where nothing may be asked for, `FeedFailure` where nothing can be fetched,
    `BadInput` where none of it can be read.
    """
    principal.require(Permission.MANAGE_SOURCES)
    kept: dict[str, str] = {}
    secrets: dict[str, str] = {}
    name = ""
    if feed_id is not None:
        feed = find_feed(principal, feed_id)
        # Kept secrets go where they were meant for: whoever names another address brings their own.
        is_here = options is None or is_same_place(feed.options, options)
        vendor, kept, name = feed.vendor, feed.options, feed.name
        secrets = open_credentials(feed) if is_here else {}
    plugin = get_vendor(vendor)
    chosen = dict(kept if options is None else options)
    secrets |= credentials or {}
    try:
        plugin.check_credentials(secrets, is_whole=True)
    except BadInput as error:
        raise FeedRefused(Cause.CREDENTIALS, error.detail, remedy=error.remedy, errors=error.errors) from None
    return _look(principal, plugin, chosen, secrets, name or plugin.title)


def check_feed(
    principal: Principal,
    *,
    feed_id: int | None = None,
    vendor: str = "",
    options: Mapping[str, str] | None = None,
    credentials: Mapping[str, str] | None = None,
) -> list[CheckRow]:
    """Address, credentials and format, each with what was found; what cannot be tried is left out."""
    try:
        found = preview_feed(
            principal, feed_id=feed_id, vendor=vendor, options=options, credentials=credentials
        )
    except FeedFailure as error:
        good = CheckRow("address", True, "answers")
        if error.cause == Cause.CREDENTIALS:
            return [CheckRow("credentials", False, _explain(error))]
        if error.cause == Cause.FORMAT:
            return [good, CheckRow("credentials", True, "let in"), CheckRow("format", False, _explain(error))]
        return [CheckRow("address", False, _explain(error))]
    rows = [CheckRow("address", True, f"answers with {found.received_bytes:,} bytes")]
    rows.append(CheckRow("credentials", True, "let in"))
    is_good = found.total > 0 or not found.faults
    said = f"{found.total:,} objects, {found.faults:,} faults"
    return [*rows, CheckRow("format", is_good, f"{found.format}: {said}")]


def _look(
    principal: Principal,
    plugin: type[FeedPlugin],
    chosen: Mapping[str, str],
    secrets: Mapping[str, str],
    source: str,
) -> PreviewRow:
    limits = HttpLimits(most_bytes=plugin.most_bytes, **_LIMITS)  # type: ignore[arg-type]
    with open_visit(plugin, choices=chosen, credentials=secrets, limits=limits) as visit:
        visit.head_bytes = None if plugin.is_document else _HEAD
        piece = next(iter(plugin.fetch(visit)), None)
        if piece is None or not piece.size:
            return PreviewRow("", visit.received_bytes, False, 0, 0, 0)
        format_name = name_format(plugin, piece.format)
        with piece.file:
            found = _parse(plugin, piece, format_name, visit.choices, source)
        if found.problem and not visit.is_cut and not found.records:
            raise FeedFailure(Cause.FORMAT, found.problem)
        return _describe(principal, found, format_name, visit.received_bytes, is_cut=visit.is_cut)


def _parse(
    plugin: type[FeedPlugin], piece: Piece, format_name: str, choices: Mapping[str, str], source: str
) -> _Found:
    found = _Found()
    options = ParseOptions(
        source=source,
        filename=piece.filename,
        received=format_instant(now_us() // 1000 * 1000),
        mapping=plugin.mapping(choices),
        choices=choices,
    )
    try:
        for item in islice(_read(piece, format_name, options), _ITEMS):
            if isinstance(item, Record):
                found.records.append(item)
            else:
                found.faults.append(item)
    except BadInput as error:
        found.problem = _explain(error)
    return found


def _read(piece: Piece, format_name: str, options: ParseOptions) -> Iterator[Record | RecordFault]:
    yield from find_parser(format_name).parse(ByteStream(piece.file), options)


def _describe(
    principal: Principal, found: _Found, format_name: str, received: int, *, is_cut: bool
) -> PreviewRow:
    faults = [fault for fault in found.faults if fault.severity == "error"]
    if is_cut and faults and not found.problem:
        faults = faults[:-1]  # the last one is where the beginning ends
    objects = [orjson.loads(record.text) for record in found.records]
    ids = list(dict.fromkeys(obj["id"] for obj in objects if isinstance(obj.get("id"), str)))
    known = find_objects(principal, ids) if Permission.READ in principal.permissions else {}
    return PreviewRow(
        format=format_name,
        received_bytes=received,
        is_cut=is_cut,
        total=len(objects),
        known=len(known),
        faults=len(faults),
        objects=objects[:_SHOWN],
        messages=tuple(f"{fault.label}: {fault.message}" for fault in faults[:_MESSAGES]),
    )


def _explain(error: StackError) -> str:
    return f"{error.detail.rstrip('.')}. {error.remedy}".strip()
