"""What a firewall that polls gets: who may open an output, and its file, made anew where it may differ."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import compare_digest
from typing import Any

import msgspec
import orjson
from django.db.models import F

from stack import __version__
from stack.accounts.limits.charging import check_failed_keys, note_failed_key
from stack.accounts.operations import record_key_use
from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import find_key
from stack.accounts.transactions import writing
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.search.choice import choose_backend
from stack.search.copying import read_cursor
from stack.sharing.exporting.base import ExporterPlugin
from stack.sharing.exporting.choosing import find_readable
from stack.sharing.exporting.formats import find_exporter
from stack.sharing.exporting.operations import leaves_out_known_good, narrow_principal, prepare_export
from stack.sharing.exporting.records import Export, ExportRequest
from stack.sharing.outputs.models import Output, OutputKey, OutputRun
from stack.sharing.outputs.operations import request_of
from stack.sharing.outputs.queries import name_file
from stack.sharing.outputs.spooling import Spool
from stack.store.access import digest_audiences
from stack.store.database import read_database
from stack.store.queries import last_change
from stack.store.selections.queries import last_date

_MINUTE = 60_000_000
# A query may speak of time (“the last week”): what it finds changes without a change.
_QUERY_HOLDS = 5 * _MINUTE
_PART = re.compile(r"manifest\.json|hashes\.csv|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json")
_OPENS = frozenset({Permission.READ, Permission.EXPORT})


@dataclass(frozen=True, slots=True)
class OpenOutput:
    """An output that a key opened, and whom it opened it for: the key's member, narrowed to this."""

    output: Output
    link: OutputKey
    principal: Principal
    exporter: ExporterPlugin
    request: ExportRequest

    @property
    def filename(self) -> str:
        return name_file(self.output)


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of an output; without `spool` only what is known of it. `made_at`: when it was first this.

    `name` and `media_type` are those of one of several files (`name_part`), else empty.
    """

    digest: str
    size: int
    made_at: int
    entries: int
    cursor: str
    spool: Spool | None = None
    name: str = ""
    media_type: str = ""


def open_output(uid: str, key_text: str, *, address: str) -> OpenOutput | None:
    """The output that this key is for; None for every other key and every other output, known or not.

    TooMany where wrong keys came too often from the address.
    """
    check_failed_keys(address, key_text)
    key = find_key(key_text, address=address)
    link = None
    if key is not None and Permission.OUTPUTS in key.principal.permissions:
        link = OutputKey.objects.select_related("output").filter(key_id=key.id).first()
    is_right = (
        link is not None
        and key is not None
        and compare_digest(link.output.uid.encode(), uid.encode("utf-8", "replace"))
        and link.output.organisation_id == key.principal.organisation_id
    )
    if link is None or key is None or not is_right:
        note_failed_key(address, key_text)
        return None
    record_key_use(key, address=address)
    principal = replace(key.principal, permissions=_OPENS & key.principal.role.permissions)
    request = request_of(link.output)
    return OpenOutput(link.output, link, principal, find_exporter(request.format), request)


def find_unchanged(opened: OpenOutput) -> OutputFile | None:
    """What is known of the file where nothing can have changed since it was made last."""
    run = _find_run(opened)
    if run is None or not run.state or run.state != name_state(opened):
        return None
    if 0 < run.next_change_at <= now_us():
        return None
    return OutputFile(run.digest, run.size, run.made_at, run.entries, run.cursor)


def make_file(opened: OpenOutput) -> OutputFile:
    """The whole file, made now, and kept in mind as the last one. NotFound where its collection is gone.

    A file with a date in it keeps the date for as long as the rest is the same.
    """
    run, now = _find_run(opened), now_us()
    state = name_state(opened)
    made, spool = _write(opened, opened.request, now if run is None else run.made_at)
    is_new = run is None or run.digest != spool.digest
    if is_new and run is not None and opened.exporter.is_dated:
        spool.close()
        # A date in whole seconds, such as the serial of a zone, has to rise too.
        now = max(now, run.made_at + 1_000_000)
        made, spool = _write(opened, opened.request, now)
    made_at = now if run is None or is_new else run.made_at
    _keep_run(opened, made, spool, state=state, made_at=made_at)
    return OutputFile(spool.digest, spool.size, made_at, made.losses.entries, made.progress.cursor, spool)


def make_delta(opened: OpenOutput, since: str) -> OutputFile:
    """What has changed since that cursor. BadInput where the format or the output knows no changes."""
    now = now_us()
    made, spool = _write(opened, replace(opened.request, since=since), now)
    return OutputFile(spool.digest, spool.size, now, made.losses.entries, made.progress.cursor, spool)


def name_part(opened: OpenOutput, filename: str) -> str:
    """Which of its files the address asks for, where a format has several (its option `file`); "" for all."""
    has_parts = "file" in opened.exporter.options_type.__struct_fields__
    return filename if has_parts and _PART.fullmatch(filename) else ""


def make_part(opened: OpenOutput, name: str) -> OutputFile:
    """One of several files, made now. NotFound where the format has none of that name."""
    run = _find_run(opened)
    made_at = now_us() if run is None else run.made_at
    request = replace(opened.request, options={**opened.request.options, "file": name})
    made, spool = _write(opened, request, made_at)
    if not spool.size:
        spool.close()
        raise NotFound("The output has no file of that name")
    media_type = "text/csv" if name.endswith(".csv") else "application/json"
    return OutputFile(
        spool.digest, spool.size, made_at, made.losses.entries, "", spool, name=name, media_type=media_type
    )


def note_fetch(opened: OpenOutput, file: OutputFile, *, is_whole: bool) -> None:
    """Keeps when the key fetched, at most once a minute, and records in the audit log each file that it had
    not got before."""
    link, now = opened.link, now_us()
    rows = OutputKey.objects.filter(pk=link.pk)
    if link.fetched_at is None or link.fetched_at < now - _MINUTE:
        rows.update(fetched_at=now, fetches=F("fetches") + 1)
    if is_whole and link.digest != file.digest:
        with writing():
            rows.update(digest=file.digest)
            _record_read(opened, file)


def name_state(opened: OpenOutput) -> str:
    """Names everything that the file is made of; "" where that is not known to be all there is."""
    request, principal = opened.request, narrow_principal(opened.principal, opened.request.tlp_ceiling)
    if request.collection:
        data = f"collection {last_date(find_readable(principal, request.collection).id)}"
    else:
        end = last_change()
        if read_cursor(choose_backend().cursor_name()) < end:
            return ""
        data = f"query {end} {now_us() // _QUERY_HOLDS}"
    lists = _name_known_good() if leaves_out_known_good(opened.exporter, request) else ""
    audiences = digest_audiences(principal, read_database())
    parts = [__version__, str(opened.output.changed_at), audiences, data, lists]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _name_known_good() -> str:
    from stack.core.known_good import list_known_good_lists

    rows = [f"{each.name} {each.version} {each.entries} {each.skipped}" for each in list_known_good_lists()]
    return "\n".join(rows)


def _write(opened: OpenOutput, request: ExportRequest, made_at: int) -> tuple[Export, Spool]:
    made = prepare_export(opened.principal, request, made_at=made_at, has_account=False)
    return made, Spool(made.pieces)


def _clearance_of(principal: Principal) -> str:
    """Names what the principal is cleared for: who has the same sees the same."""
    parts = [principal.organisation_id, principal.tlp_ceiling, sorted(principal.group_ids)]
    return hashlib.sha256(orjson.dumps([*parts, sorted(principal.hidden_markings)])).hexdigest()


def _find_run(opened: OpenOutput) -> OutputRun | None:
    clearance = _clearance_of(opened.principal)
    return OutputRun.objects.filter(output=opened.output, clearance=clearance).first()


def _keep_run(opened: OpenOutput, made: Export, spool: Spool, *, state: str, made_at: int) -> None:
    report = made.report()
    values: Mapping[str, Any] = {
        "state": state,
        "digest": spool.digest,
        "size": spool.size,
        "items": report.items,
        "entries": report.entries,
        "report": {
            "left_out": report.left_out,
            "losses": [msgspec.to_builtins(loss) for loss in report.losses],
        },
        "cursor": report.cursor,
        "made_at": made_at,
        "ran_at": now_us(),
        "next_change_at": made.progress.next_change_at,
    }
    with writing():
        OutputRun.objects.update_or_create(
            output=opened.output, clearance=_clearance_of(opened.principal), defaults=values
        )


def _record_read(opened: OpenOutput, file: OutputFile) -> None:
    record_act(
        Act(
            name="output.read",
            actor=opened.principal,
            object_kind="output",
            object_id=str(opened.output.pk),
            after={"key": opened.link.key_id, "entries": file.entries, "sha256": file.digest},
        )
    )
