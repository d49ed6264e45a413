"""Feeds and their vendors as pages and files show them, and what is asked for one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypedDict

from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.core.errors import BadInput, Conflict, StackError
from stack.ingest.handling import HandlingDraft, name_handling
from stack.sources.feeds.records import FeedRow, FieldRow, HealthRow, PreviewRow, RunRow, VendorRow
from stack.stix.timestamps import format_instant
from stack.web.answers import Sheet
from stack.web.formats import describe_duration
from stack.web.forms import Choice, Entry, Form, choose
from stack.web.kinds import describe_type
from stack.web.marking_picker import Picker, draft_of, pick_for_file, read_draft
from stack.web.naming import defang_within

HEALTH: Final = {
    "off": ("off", "", "minus"),
    "new": ("not visited yet", "", "clock"),
    "good": ("good", "good", "check"),
    "late": ("late", "warn", "clock"),
    "failing": ("failing", "bad", "octagon-x"),
}
_SCHEDULES: Final = (
    (300, "every 5 minutes"),
    (900, "every 15 minutes"),
    (3600, "every hour"),
    (6 * 3600, "every 6 hours"),
    (86_400, "every day"),
    (7 * 86_400, "every week"),
)
_LETTERS: Final = "ABCDEF"
_COLUMNS: Final = (
    "id",
    "name",
    "vendor",
    "enabled",
    "health",
    "every_s",
    "last_success",
    "lag_s",
    "new",
    "known",
    "updated",
    "rejected",
    "error",
)
_OPTION: Final = "options-"
_CREDENTIAL: Final = "credentials-"


class AskedFeed(TypedDict):
    """What `add_feed` and `change_feed` take."""

    name: str
    every_s: int
    options: Mapping[str, str]
    credentials: Mapping[str, str]
    handling: HandlingDraft


def describe_feed(row: FeedRow) -> dict[str, Any]:
    word, tone, icon = HEALTH[row.health]
    return {
        "row": row,
        "url": f"/feeds/{row.id}",
        "health": word,
        "tone": tone,
        "icon": icon,
        "schedule": name_schedule(row.every_s),
        "lag": describe_duration(row.lag_s) if row.lag_s else "",
        "run": row.last_run,
    }


def describe_vendor(row: VendorRow) -> dict[str, Any]:
    return {
        "row": row,
        "url": f"/feeds/new/{row.name}",
        "schedule": name_schedule(row.every_s),
        "letter": _LETTERS[row.reliability],
        "needs": ", ".join(each.title for each in row.credentials if each.is_needed),
    }


def describe_health(health: HealthRow) -> dict[str, Any]:
    """The figures of a feed, and its visits as a chart from the oldest to the newest."""
    shown = [run for run in reversed(health.runs) if run.ended_at is not None and run.total]
    return {
        "overlap": None if health.overlap is None else round(100 * health.overlap),
        "sampled": health.sampled,
        "objects": health.objects,
        "newest_received_at": health.newest_received_at,
        "runs": [_describe_run(run) for run in health.runs],
        "chart": _describe_chart(shown) if shown else None,
    }


def describe_preview(row: PreviewRow) -> dict[str, Any]:
    return {
        "row": row,
        "objects": [
            {
                "type": describe_type(str(each.get("type", ""))).one,
                "name": defang_within(str(each.get("name") or each.get("value") or each.get("id", ""))),
                "pattern": defang_within(str(each.get("pattern", ""))),
            }
            for each in row.objects
        ],
    }


def ask_for_feed(vendor: VendorRow, row: FeedRow | None = None) -> Form:
    """The form of a feed of a vendor. Credentials are asked for and never shown."""
    current = row.options if row else {}
    known = row.credentials if row else ()
    every_s = row.every_s if row else vendor.every_s
    return Form(
        "feed",
        (
            Entry("name", "Name", value=row.name if row else vendor.title, is_required=True),
            Entry("every_s", "It is visited", kind="select", choices=_offer_schedules(vendor, every_s)),
            *(_ask_for_option(each, current.get(each.name, "")) for each in vendor.options),
            *(_ask_for_credential(each, is_set=each.name in known) for each in vendor.credentials),
        ),
    )


def pick_for_feed(
    principal: Principal, vendor: VendorRow, row: FeedRow | None = None, *, sent: HandlingDraft | None = None
) -> Picker:
    kept = draft_of(name_handling(principal, row.handling)) if row else HandlingDraft(tlp=vendor.tlp)
    draft = sent or kept
    return pick_for_file(principal, draft)


def read_feed(vendor: VendorRow, sent: QueryDict) -> AskedFeed:
    """What was asked for; a credential that was left empty stays as it is."""
    text = sent.get("every_s", "")
    return AskedFeed(
        name=sent.get("name", "").strip(),
        every_s=int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0,
        options=_read_fields(vendor.options, sent, _OPTION),
        credentials=_read_fields(vendor.credentials, sent, _CREDENTIAL),
        handling=read_draft(sent),
    )


def place_faults(error: BadInput | Conflict) -> StackError:
    """The same error, its faults named as the entries of the form are."""
    faults = tuple(replace(each, field=each.field.replace(".", "-", 1)) for each in error.errors)
    return type(error)(error.detail, remedy=error.remedy, errors=faults)


def name_schedule(every_s: int) -> str:
    known = dict(_SCHEDULES).get(every_s)
    return known or f"every {describe_duration(every_s)}"


def write_feeds(rows: Sequence[FeedRow]) -> Sheet:
    return Sheet(_COLUMNS, map(_write_row, rows), {"total": len(rows)})


def _describe_run(run: RunRow) -> dict[str, Any]:
    seconds = None if run.ended_at is None else (run.ended_at - run.started_at) / 1_000_000
    return {"run": run, "seconds": "" if seconds is None else describe_duration(seconds)}


def _describe_chart(runs: Iterable[RunRow]) -> dict[str, Any]:
    series = (
        ("New", "series-1"),
        ("Updated", "series-2"),
        ("Known", "series-3"),
        ("Rejected", "severity-high"),
    )
    return {
        "title": "Records of the last visits",
        "across": "Visit",
        "series": [{"title": title, "tone": tone} for title, tone in series],
        "rows": [
            (
                format_instant(run.started_at)[5:16].replace("T", " "),
                (run.new, run.updated, run.known, run.rejected),
            )
            for run in runs
        ],
    }


def _offer_schedules(vendor: VendorRow, chosen: int) -> tuple[Choice, ...]:
    offered = {seconds for seconds, _ in _SCHEDULES if seconds >= vendor.least_every_s} | {chosen}
    return choose([(str(each), name_schedule(each)) for each in sorted(offered)], str(chosen))


def _ask_for_option(option: FieldRow, value: str) -> Entry:
    name = f"{_OPTION}{option.name}"
    if option.values:
        choices = choose([(each, each) for each in option.values], value or option.default)
        return Entry(name, option.title, kind="select", choices=choices)
    hint = f"Empty: {option.default}" if option.default else ""
    return Entry(name, option.title, value=value, hint=hint, is_required=option.is_needed)


def _ask_for_credential(credential: FieldRow, *, is_set: bool) -> Entry:
    if is_set:
        hint = "One is kept, sealed. Leave it empty to keep it."
    else:
        hint = "Needed before the feed is visited." if credential.is_needed else "It works without, too."
    return Entry(f"{_CREDENTIAL}{credential.name}", credential.title, kind="password", hint=hint)


def _read_fields(fields: Iterable[FieldRow], sent: QueryDict, prefix: str) -> dict[str, str]:
    texts = {each.name: sent.get(f"{prefix}{each.name}", "").strip() for each in fields}
    return {name: text for name, text in texts.items() if text}


def _write_row(row: FeedRow) -> tuple[Any, ...]:
    run = row.last_run
    counts = (run.new, run.known, run.updated, run.rejected) if run else (None,) * 4
    return (
        row.id,
        row.name,
        row.vendor,
        row.is_enabled,
        row.health,
        row.every_s,
        format_instant(row.last_success_at) if row.last_success_at else None,
        row.lag_s,
        *counts,
        row.last_error,
    )
