"""Outputs and formats as pages and files show them, and what is asked for a new one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, TypedDict, get_args

from django.http import HttpRequest, QueryDict

from stack.accounts.principal import Principal
from stack.core.errors import BadInput, FieldError, StackError
from stack.sharing.collections.queries import list_collections
from stack.sharing.exporting.formats import FormatRow, OptionRow
from stack.sharing.exporting.losses import Loss
from stack.sharing.exporting.records import Choice as Treatment
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.records import LastRun, OutputKeyRow, OutputRow
from stack.stix.markings import TlpLevel
from stack.stix.timestamps import format_instant
from stack.web.answers import Sheet
from stack.web.forms import Choice, Entry, Form, choose, offer_levels, read_expiry, read_level, read_words
from stack.web.kinds import describe_type
from stack.web.roles_shown import name_level

_COLUMNS: Final = (
    "id",
    "title",
    "format",
    "query",
    "collection",
    "path",
    "keys",
    "fetches",
    "last_fetched",
    "entries",
)
_TREATMENTS: Final = {"default": "as usual for the format", "keep": "stay in", "leave-out": "stay out"}
_LIVES: Final = (("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), ("", "Never"))
_OPTION: Final = "options-"
_PREVIEW_BYTES: Final = 4_000
_PREVIEW_LINES: Final = 40


class AskedOutputKey(TypedDict):
    """What `create_output_key` takes."""

    name: str
    expires_at: int | None
    networks: list[str]
    tlp_ceiling: int | None


def describe_output(request: HttpRequest, row: OutputRow) -> dict[str, Any]:
    return {
        "row": row,
        "url": f"/sharing/outputs/{row.id}",
        "address": request.build_absolute_uri(row.path),
        "level": "" if row.tlp_ceiling is None else name_level(row.tlp_ceiling),
        "keys": [_describe_key(key) for key in row.keys],
        "types": [describe_type(each).many for each in row.types],
        "known_good": _TREATMENTS[row.known_good],
        "invalid": _TREATMENTS[row.invalid],
        "run": None if row.last_run is None else _describe_run(row.last_run),
    }


def ask_for_output(principal: Principal, format_row: FormatRow, row: OutputRow | None = None) -> Form:
    """The form of an output of a format; each option of the format is an entry."""
    collections = [(str(each.id), each.title) for each in list_collections(principal) if each.can_read]
    chosen = "" if row is None or row.collection_id is None else str(row.collection_id)
    current = dict(row.options) if row else {}
    known_good, invalid = (row.known_good, row.invalid) if row else ("default", "default")
    level = name_level(row.tlp_ceiling) if row and row.tlp_ceiling is not None else ""
    levels = (Choice("", "As far as the key sees"), *offer_levels(principal.tlp_ceiling, level))
    return Form(
        f"output-{row.id}" if row else "output",
        (
            Entry(
                "title",
                "Title",
                value=row.title if row else "",
                is_required=True,
                placeholder="Domains for the proxy",
            ),
            Entry(
                "collection",
                "Collection",
                kind="select",
                choices=choose([("", "none: by a search"), *collections], chosen),
            ),
            Entry(
                "query",
                "Or a search",
                kind="textarea",
                value=row.query if row else "",
                placeholder="type:indicator",
                hint="A collection or a search; * for everything.",
            ),
            Entry(
                "minimum_confidence",
                "Confidence from",
                kind="number",
                value=str(row.minimum_confidence) if row else "0",
                hint="0 to 100",
            ),
            Entry("tlp_ceiling", "TLP up to", kind="select", choices=levels),
            Entry("known_good", "Known-good values", kind="select", choices=_offer_treatments(known_good)),
            Entry("invalid", "What is revoked or expired", kind="select", choices=_offer_treatments(invalid)),
            *(_ask_for_option(each, current.get(each.name, "")) for each in format_row.options),
        ),
    )


def ask_for_key(principal: Principal) -> Form:
    levels = offer_levels(principal.tlp_ceiling, TlpLevel(principal.tlp_ceiling).label)
    return Form(
        "output-key",
        (
            Entry("name", "Who fetches with it", is_required=True, placeholder="edge firewall"),
            Entry("tlp_ceiling", "It sees up to", kind="select", choices=levels),
            Entry("expires_at", "It expires", kind="select", choices=choose(_LIVES, "365")),
            Entry(
                "networks",
                "Only from these networks",
                kind="textarea",
                placeholder="198.51.100.0/24",
                hint="One a line; none for anywhere.",
            ),
        ),
    )


def read_output(sent: QueryDict, format_row: FormatRow) -> ExportRequest:
    """What was asked for. Raises `BadInput`."""
    options = {each.name: sent.get(f"{_OPTION}{each.name}", "").strip() for each in format_row.options}
    return ExportRequest(
        format=format_row.name,
        query=sent.get("query", "").strip(),
        collection=sent.get("collection", ""),
        options={
            each.name: options[each.name]
            for each in format_row.options
            if options[each.name] and options[each.name] != each.default
        },
        minimum_confidence=_read_confidence(sent),
        tlp_ceiling=int(read_level(sent)) if sent.get("tlp_ceiling") else None,
        known_good=_read_treatment(sent, "known_good"),
        invalid=_read_treatment(sent, "invalid"),
    )


def read_key(sent: QueryDict) -> AskedOutputKey:
    """What was asked for. Raises `BadInput`."""
    return AskedOutputKey(
        name=sent.get("name", ""),
        expires_at=read_expiry(sent, "expires_at"),
        networks=list(read_words(sent, "networks")),
        tlp_ceiling=int(read_level(sent)) if sent.get("tlp_ceiling") else None,
    )


def place_faults(error: StackError) -> StackError:
    """The same error, its faults named as the entries of the form are."""
    faults = tuple(
        FieldError(each.field.replace("options.", _OPTION, 1), each.message) for each in error.errors
    )
    return BadInput(error.detail, remedy=error.remedy, errors=faults)


def cut_preview(pieces: Iterable[bytes]) -> tuple[str, bool]:
    """The first lines of a file, and whether there is more."""
    head = bytearray()
    for piece in pieces:
        head += piece
        if len(head) > _PREVIEW_BYTES:
            break
    text = bytes(head[:_PREVIEW_BYTES]).decode("utf-8", "replace")
    lines = text.splitlines()
    return "\n".join(lines[:_PREVIEW_LINES]), len(head) > _PREVIEW_BYTES or len(lines) > _PREVIEW_LINES


def write_outputs(rows: Sequence[OutputRow]) -> Sheet:
    return Sheet(_COLUMNS, map(_write_row, rows), {"total": len(rows)})


def _describe_key(key: OutputKeyRow) -> dict[str, Any]:
    return {"key": key, "level": name_level(key.tlp_ceiling)}


def _describe_run(run: LastRun) -> dict[str, Any]:
    return {"run": run, "losses": list(_group_losses(run.losses)), "left_out": run.left_out}


def _group_losses(losses: Iterable[Loss]) -> Iterator[dict[str, Any]]:
    """A row for each type and reason, with all properties of which it holds."""

    def key(loss: Loss) -> tuple[str, str]:
        return loss.stix_type, loss.why

    for (stix_type, why), found in groupby(sorted(losses, key=key), key=key):
        each = list(found)
        yield {
            "what": describe_type(stix_type).one if stix_type else "others",
            "properties": [loss.property for loss in each if loss.property],
            "why": why,
            "count": max(loss.count for loss in each),
            "is_most": len({loss.count for loss in each}) > 1,
        }


def _offer_treatments(chosen: str) -> tuple[Choice, ...]:
    return choose(_TREATMENTS.items(), chosen)


def _ask_for_option(option: OptionRow, value: str) -> Entry:
    name, label = f"{_OPTION}{option.name}", option.name.replace("_", " ").capitalize()
    if option.values:
        choices = choose([(each, each) for each in option.values], value or option.default)
        return Entry(name, label, kind="select", choices=choices, hint=option.about)
    return Entry(name, label, value=value or option.default, hint=option.about)


def _read_confidence(sent: QueryDict) -> int:
    text = sent.get("minimum_confidence", "").strip() or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        message = "expected a number from 0 to 100"
        raise BadInput(f"minimum_confidence: {message}", errors=(FieldError("minimum_confidence", message),))
    return int(text)


def _read_treatment(sent: QueryDict, name: str) -> Treatment:
    for each in get_args(Treatment):
        if sent.get(name, "default") == each:
            found: Treatment = each
            return found
    message = f"expected one of {', '.join(_TREATMENTS)}"
    raise BadInput(f"{name}: {message}", errors=(FieldError(name, message),))


def _write_row(row: OutputRow) -> tuple[Any, ...]:
    return (
        row.id,
        row.title,
        row.format,
        row.query,
        row.collection,
        row.path,
        len(row.keys),
        row.fetches,
        format_instant(row.fetched_at) if row.fetched_at else None,
        row.last_run.entries if row.last_run else None,
    )
