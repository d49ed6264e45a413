"""Exports: who asks, what is chosen, what is screened out, and the exporter that writes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from stack.accounts.principal import Permission, Principal
from stack.audit.operations import record_export
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError
from stack.sharing.collections.records import CollectionRow
from stack.sharing.exporting.base import ExporterPlugin, FindKnownGood, Item, Occasion
from stack.sharing.exporting.choosing import (
    find_readable,
    iterate_all,
    iterate_collection,
    iterate_found,
    read_cursor,
)
from stack.sharing.exporting.formats import find_exporter, read_options
from stack.sharing.exporting.losses import Losses
from stack.sharing.exporting.records import Choice, Export, ExportRequest, Progress, Report
from stack.sharing.exporting.screening import Screen
from stack.stix.observables.kinds import Kind
from stack.store.selections.queries import newest_date


def export(principal: Principal, request: ExportRequest) -> Export:
    """What the principal may see of what is asked for, in one format, as lazy pieces; needs EXPORT.

    Faults of the request and missing permissions are raised by the call itself, before the first piece; that
    it leaves is recorded then, too.
    """
    principal.require(Permission.EXPORT)
    made = prepare_export(principal, request)
    record_export(principal, request.format, asked=describe_request(request))
    return made


def run_for_report(principal: Principal, request: ExportRequest) -> Report:
    """Converts all of it for nothing but the account of what was left out and lost; needs EXPORT."""
    principal.require(Permission.EXPORT)
    made = prepare_export(principal, request)
    for _ in made.pieces:
        pass
    return made.report()


def prepare_export(
    principal: Principal, request: ExportRequest, *, made_at: int | None = None, has_account: bool = True
) -> Export:
    """The same without asking for the permission and without a record: for who does both by other means.

    `made_at` is the time that the file says of itself, in microseconds UTC; by default now. `has_account`:
    comments in the file tell what was lost.
    """
    exporter = find_exporter(request.format)
    options = read_options(exporter, request.options)
    _check_request(exporter, request)
    narrowed = narrow_principal(principal, request.tlp_ceiling)
    now, losses, progress = now_us(), Losses(), Progress()
    collection = find_readable(narrowed, request.collection) if request.collection else None
    known_good: FindKnownGood | None = None
    if leaves_out_known_good(exporter, request):
        known_good = name_false_positives
    screen = Screen(
        now=now,
        is_delta=bool(request.since),
        only_valid=_is_left_out(exporter, request.invalid),
        minimum_confidence=request.minimum_confidence,
        find_known_good=None if exporter.is_by_value else known_good,
    )
    occasion = Occasion(
        title=request.title or (collection.title if collection else "Stack"),
        made_at=now if made_at is None else made_at,
        changed_at=newest_date(narrowed, collection.id) if collection else now,
        is_delta=bool(request.since),
        has_account=has_account,
        find_known_good=known_good if exporter.is_by_value else None,
    )
    chosen = _choose_items(narrowed, request, collection, progress)
    written = exporter.write(
        screen.pass_items(chosen, losses), options=options, occasion=occasion, losses=losses
    )
    return Export(_finish(written, screen, progress), exporter, losses, progress)


def narrow_principal(principal: Principal, tlp_ceiling: int | None) -> Principal:
    """The principal, reading up to that TLP level at most."""
    if tlp_ceiling is None:
        return principal
    return replace(principal, tlp_ceiling=min(principal.tlp_ceiling, tlp_ceiling))


def describe_request(request: ExportRequest) -> dict[str, object]:
    """What was wanted, for the audit log: only what was said."""
    asked: dict[str, object] = {"query": request.query, "types": list(request.types)}
    if request.collection:
        asked["collection"] = request.collection
    if request.tlp_ceiling is not None:
        asked["tlp_ceiling"] = request.tlp_ceiling
    return asked


def _check_request(exporter: ExporterPlugin, request: ExportRequest) -> None:
    if request.query.strip() and request.collection:
        raise _bad("collection", "expected a query or a collection, got both")
    if request.since and not request.collection:
        raise _bad("since", "changes can be told of a collection only: save the query as one")
    if request.since and not exporter.has_removals:
        raise _bad("since", f"the format {exporter.name} cannot say what has gone: fetch it whole")


def _choose_items(
    principal: Principal, request: ExportRequest, collection: CollectionRow | None, progress: Progress
) -> Iterator[Item]:
    if collection is not None:
        since = read_cursor(collection, request.since) if request.since else None
        return iterate_collection(principal, collection, request.types, since=since, progress=progress)
    if request.query.strip():
        return iterate_found(principal, request.query, request.types)
    return iterate_all(principal, request.types)


def _is_left_out(exporter: ExporterPlugin, choice: Choice) -> bool:
    return exporter.is_block_list if choice == "default" else choice == "leave-out"


def leaves_out_known_good(exporter: ExporterPlugin, request: ExportRequest) -> bool:
    """Whether warning lists have a say in what leaves."""
    return _is_left_out(exporter, request.known_good)


def name_false_positives(values: Iterable[tuple[Kind, str]]) -> Mapping[str, str]:
    """Of the values, those that nobody should block, each with a list that says so."""
    # Only who leaves them out pays for reading the lists.
    from stack.core.known_good import find_known_good

    found = find_known_good(list(values))
    named = ((value, [each for each in held if each.is_false_positive]) for value, held in found.items())
    return {value: held[0].title or held[0].list_name for value, held in named if held}


def _finish(pieces: Iterator[bytes], screen: Screen, progress: Progress) -> Iterator[bytes]:
    yield from pieces
    progress.next_change_at = screen.next_change_at


def _bad(field: str, message: str) -> BadInput:
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
