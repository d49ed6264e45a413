"""Analyses in lists, and what is asked for a new one, in the words and tones of the pages."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.analysis.accepting import choose_plugins
from stack.analysis.answers import Word
from stack.analysis.asking.records import PlannedAsk
from stack.analysis.models import AnalysisState
from stack.analysis.operations import Wish
from stack.analysis.records import AnalysisRow, Preview
from stack.analysis.subjects import ADDRESSES, FILE, FILES, HASHES, MESSAGE
from stack.stix.markings import TlpLevel
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.stix.timestamps import format_instant
from stack.web.answers import Sheet
from stack.web.forms import Choice, choose, offer_levels, read_level
from stack.web.naming import defang_within

STATES: Final = {
    AnalysisState.WAITING: ("waiting", "", "clock"),
    AnalysisState.RUNNING: ("running", "accent", "refresh-cw"),
    AnalysisState.DONE: ("done", "good", "circle-check"),
    AnalysisState.FAILED: ("failed", "bad", "octagon-x"),
    AnalysisState.CANCELLED: ("cancelled", "warn", "ban"),
}
WORDS: Final = tuple(word.value for word in Word)
FILTER_KINDS: Final = ("ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "file", "message")
COLUMNS: Final = (
    "input",
    "value",
    "kind",
    "verdict",
    "score",
    "confidence",
    "state",
    "summary",
    "created_at",
    "id",
)
_TITLES: Final = {FILE: "file", MESSAGE: "message"}
_ICONS: Final = {FILE: "file", MESSAGE: "mail", Kind.DOMAIN.value: "globe", Kind.URL.value: "link"}
_WHY_NOT: Final = {
    "no-account": "no account",
    "off": "switched off",
    "tlp": "TLP is too high",
    "quota": "quota used up",
    "breaker": "does not answer now",
}


def describe_row(row: AnalysisRow, number: int = 0) -> dict[str, Any]:
    """An analysis of a list; `number` is its place in a batch."""
    state, tone, icon = STATES[row.state]
    return {
        "row": row,
        "number": number,
        "url": analysis_url(row.uid),
        "kind": name_kind(row.kind),
        "kind_icon": pick_icon(row.kind),
        "is_file": row.kind in FILES,
        "title": row.name if row.kind in FILES and row.name else row.value,
        "tlp": TlpLevel(row.tlp).label,
        "summary": defang_within(row.summary),
        # Without evidence there is nothing to score.
        "score": row.score if row.confidence else None,
        "state": state,
        "tone": tone,
        "icon": icon,
        "is_done": row.state == AnalysisState.DONE,
    }


def describe_rows(rows: Iterable[AnalysisRow], *, is_batch: bool, start: int = 0) -> list[dict[str, Any]]:
    return [describe_row(row, start + at if is_batch else 0) for at, row in enumerate(rows, start=1)]


def describe_preview(preview: Preview) -> dict[str, Any]:
    """What would happen: who is asked with which request, and who is not and why."""
    return {
        "value": preview.subject.value,
        "kind": preview.subject.kind,
        "kind_title": name_kind(preview.subject.kind),
        "tlp": TlpLevel(preview.subject.tlp).label,
        "analyzers": preview.analyzers,
        "asked": [_describe_planned(each) for each in preview.planned if each.is_possible],
        "not_asked": [_describe_planned(each) for each in preview.planned if not each.is_possible],
    }


def _describe_planned(planned: PlannedAsk) -> dict[str, Any]:
    return {"planned": planned, "why": _WHY_NOT.get(planned.why_not, planned.why_not)}


def offer_start(principal: Principal, sent: QueryDict | None = None) -> dict[str, Any]:
    """What the form shows: what was sent before, TLP levels, kinds."""
    given = sent or QueryDict()
    return {
        "text": given.get("values", ""),
        "levels": (
            Choice("", "as it is known here", is_chosen=not given.get("tlp")),
            *offer_levels(principal.tlp_ceiling, given.get("tlp", "")),
        ),
        "kinds": choose(
            [("", "found out"), *((each, name_kind(each)) for each in FILTER_KINDS[:-2])],
            given.get("kind", ""),
        ),
        "may_ask": sent is None or bool(given.get("may_ask")),
    }


def read_wish(sent: QueryDict) -> Wish:
    """How to analyse, as the form says it; passwords are one a line."""
    passwords = [line.strip() for line in sent.get("passwords", "").splitlines() if line.strip()]
    providers = sent.getlist("provider")
    return Wish(
        plugins=choose_plugins(providers or None),
        may_ask=bool(sent.get("may_ask")),
        passwords=passwords,
    )


def read_tlp(sent: QueryDict) -> int | None:
    return int(read_level(sent, "tlp")) if sent.get("tlp") else None


def write_sheet(rows: Iterable[AnalysisRow], total: int) -> Sheet:
    return Sheet(COLUMNS, map(_write_row, rows), {"total": total})


def _write_row(row: AnalysisRow) -> tuple[Any, ...]:
    return (
        row.name or row.value,
        row.value,
        row.kind,
        row.word.value,
        row.score,
        row.confidence,
        row.state.value,
        row.summary,
        format_instant(row.created_at),
        row.uid,
    )


def analysis_url(uid: str) -> str:
    return f"/analyses/{uid}"


def name_kind(kind: str) -> str:
    known = set(Kind)
    return _TITLES.get(kind) or (KIND_TITLES[Kind(kind)] if kind in known else kind)


def pick_icon(kind: str) -> str:
    if kind in HASHES:
        return "hash"
    if kind in ADDRESSES:
        return "network"
    return _ICONS.get(kind, "user" if kind == Kind.EMAIL.value else "shapes")
