"""Reviews of documents as pages show them, and what is asked about the report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.core.errors import BadInput, FieldError
from stack.ingest.handling import name_handling, read_handling
from stack.ingest.review.queries import suggest_subjects
from stack.ingest.review.records import (
    Becomes,
    FindDecision,
    FindRow,
    PartText,
    ReportChange,
    ReportDraft,
    ReviewRow,
    ReviewState,
    Subject,
)
from stack.stix.observables.kinds import KIND_TITLES, Kind
from stack.stix.timestamps import format_instant
from stack.web.forms import Entry, Form, choose
from stack.web.kinds import describe_type
from stack.web.links import object_url
from stack.web.marking_picker import draft_of, pick_for_file, read_draft
from stack.web.naming import show_name

STATES: Final = {
    ReviewState.READING: ("being read", "accent", "clock"),
    ReviewState.OPEN: ("to decide", "warn", "clipboard-check"),
    ReviewState.COMMITTED: ("committed", "good", "check"),
    ReviewState.DISCARDED: ("discarded", "", "x"),
    ReviewState.FAILED: ("cannot be read", "bad", "octagon-x"),
}
_BECOMES: Final = {
    Becomes.INDICATOR: "an indicator and its observable",
    Becomes.OBSERVABLE: "the bare object",
    Becomes.NOTHING: "nothing",
}
_SURE: Final = ((80, "high"), (50, "medium"), (0, "low"))
_TYPES: Final = (
    "threat-report", "campaign", "malware", "threat-actor", "vulnerability", "indicator", "attack-pattern",
    "tool", "identity", "intrusion-set", "observed-data",
)  # fmt: skip
_Word = TypeVar("_Word", Kind, Becomes)
_SUBJECT_WORDS: Final = {"malware", "tool", "threat-actor", "intrusion-set", "campaign", "infrastructure"}


def describe_row(row: ReviewRow) -> dict[str, Any]:
    state, tone, icon = STATES[row.state]
    finds = row.finds
    return {
        "row": row,
        "url": f"/review/{row.id}",
        "title": row.title or row.filename,
        "state": state,
        "tone": tone,
        "icon": icon,
        "decided": finds.accepted + finds.rejected,
        "percent": round(100 * (finds.accepted + finds.rejected) / finds.total) if finds.total else None,
    }


def describe_find(find: FindRow, *, ticked: frozenset[int] = frozenset()) -> dict[str, Any]:
    known = [{"row": row, "shown": show_name(row), "url": object_url(row.stix_id)} for row in find.known]
    sure = next(word for low, word in _SURE if find.sureness >= low)
    return {
        "find": find,
        "kind": find.pattern_type.upper() + " rule" if find.pattern_type else KIND_TITLES[find.kind],
        "becomes": _BECOMES[find.becomes],
        "sure": sure,
        "state": "aside" if find.is_set_aside else find.decision.value,
        "is_ticked": find.id in ticked,
        "known": known,
        "title": find.value.partition("\n")[0][:120] if find.pattern_type else "",
    }


def mark_text(part: PartText, states: dict[int, str]) -> Iterator[tuple[str, int, str]]:
    """The text in pieces: (text, find or 0, the find's state)."""
    at = 0
    for span in part.spans:
        if span.start > at:
            yield part.text[at : span.start], 0, ""
        yield part.text[span.start : span.end], span.find_id, states.get(span.find_id, "open")
        at = span.end
    if at < len(part.text):
        yield part.text[at:], 0, ""


def ask_for_find(find: FindRow) -> Form:
    """What may be changed of one find; a rule stays as it is."""
    kinds = choose(((kind.value, title) for kind, title in KIND_TITLES.items()), find.kind.value)
    becomes = choose(((each.value, _BECOMES[each]) for each in find.possible), find.becomes.value)
    what = (
        Entry("kind", "Kind", kind="select", choices=kinds),
        Entry("value", "Value", kind="textarea", value=find.value),
    )
    rest = (
        Entry("becomes", "It becomes", kind="select", choices=becomes),
        Entry("name", "Name", value=find.name),
        Entry("labels", "Labels", value=", ".join(find.labels), hint="with commas between them"),
        Entry("confidence", "Confidence", kind="number", value=_write_number(find.confidence)),
        Entry("valid_until", "Valid until", kind="date", value=_write_day(find.valid_until)),
    )
    return Form("find", rest if find.pattern_type else (*what, *rest))


def read_find(find: FindRow, sent: QueryDict) -> FindDecision:
    """What was changed. Raises `BadInput`."""
    decision = FindDecision(
        find_ids=(find.id,),
        becomes=_read_word(Becomes, sent, "becomes"),
        name=sent.get("name", "").strip(),
        labels=_read_labels(sent),
        confidence=_read_number(sent, "confidence"),
        valid_until=_read_day(sent, "valid_until"),
    )
    if find.pattern_type:
        return decision
    kind, value = _read_word(Kind, sent, "kind"), sent.get("value", "").strip()
    if (kind, value) == (find.kind, find.value):
        return decision
    return msgspec.structs.replace(decision, kind=kind, value=value)


def ask_for_report(draft: ReportDraft, subjects: str = "") -> Form:
    types = choose([(each, each.replace("-", " ")) for each in _TYPES])
    types = tuple(replace(each, is_chosen=each.value in draft.report_types) for each in types)
    return Form(
        "report",
        (
            Entry("title", "Title", value=draft.title, is_required=True),
            Entry("source", "Published by", value=draft.source, is_required=True),
            Entry("url", "Address of the document", value=draft.url, placeholder="https://…"),
            Entry("published_at", "Published on", kind="date", value=_write_day(draft.published_at)),
            Entry("description", "Summary", kind="textarea", value=draft.description),
            Entry("labels", "Labels", value=", ".join(draft.labels), hint="with commas between them"),
            Entry(
                "confidence",
                "Confidence",
                kind="number",
                value=_write_number(draft.confidence),
                hint="0 to 100, of what has none of its own",
            ),
            Entry(
                "subjects",
                "It is about",
                kind="textarea",
                value=subjects or "\n".join(map(_write_subject, draft.subjects)),
                placeholder="malware: GRAVELWICK\nintrusion-set--…",
                hint="One a line: a type and a name, or the id of an object.",
            ),
            Entry("report_types", "Kind of report", kind="checks", choices=types),
        ),
    )


def describe_report(principal: Principal, review: ReviewRow, draft: ReportDraft) -> dict[str, Any]:
    named = {each.stix_id for each in draft.subjects}
    return {
        "picker": pick_for_file(principal, draft_of(name_handling(principal, draft.handling))),
        "suggestions": [
            {"row": row, "shown": show_name(row), "type": describe_type(row.type).one}
            for row in suggest_subjects(principal, review.id)
            if row.stix_id not in named
        ],
    }


def read_report(principal: Principal, sent: QueryDict) -> ReportChange:
    """What the form says of the report. Raises `BadInput`."""
    lines = [*sent.get("subjects", "").splitlines(), *sent.getlist("suggested")]
    return ReportChange(
        title=sent.get("title", "").strip(),
        source=sent.get("source", "").strip(),
        url=sent.get("url", "").strip(),
        description=sent.get("description", "").strip(),
        published_at=_read_day(sent, "published_at"),
        labels=_read_labels(sent),
        confidence=_read_number(sent, "confidence"),
        report_types=tuple(sent.getlist("report_types")),
        subjects=tuple(_read_subject(line) for line in lines if line.strip()),
        handling=read_handling(principal, read_draft(sent)),
    )


def read_ticked(sent: QueryDict) -> tuple[int, ...]:
    return tuple(int(each) for each in sent.getlist("find") if each.isascii() and each.isdecimal())


def _write_subject(subject: Subject) -> str:
    return subject.stix_id or f"{subject.type}: {subject.name}"


def _read_subject(line: str) -> Subject:
    text = line.strip()
    kind, colon, name = text.partition(":")
    if not colon and "--" in text:
        return Subject(stix_id=text)
    if not colon or kind.strip() not in _SUBJECT_WORDS:
        known = ", ".join(sorted(_SUBJECT_WORDS))
        raise _refuse("subjects", f"“{text[:60]}”: expected an id, or one of {known}, a colon and a name")
    return Subject(type=kind.strip(), name=name.strip())


def _read_labels(sent: QueryDict) -> tuple[str, ...]:
    return tuple(each.strip() for each in sent.get("labels", "").split(",") if each.strip())


def _read_word(words: type[_Word], sent: QueryDict, name: str) -> _Word:
    try:
        return words(sent.get(name, ""))
    except ValueError:
        raise _refuse(name, f"“{sent.get(name, '')[:40]}” is no choice") from None


def _read_number(sent: QueryDict, name: str) -> int | None:
    text = sent.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:4]) <= 100):
        raise _refuse(name, "expected a number from 0 to 100")
    return int(text)


def _read_day(sent: QueryDict, name: str) -> int | None:
    """The beginning of the day in UTC, in microseconds."""
    text = sent.get(name, "").strip()
    if not text:
        return None
    try:
        return round(datetime.fromisoformat(text[:10]).replace(tzinfo=UTC).timestamp()) * 1_000_000
    except ValueError:
        raise _refuse(name, "expected a day, such as 2026-11-23") from None


def _write_day(at: int | None) -> str:
    return "" if at is None else format_instant(at)[:10]


def _write_number(number: int | None) -> str:
    return "" if number is None else str(number)


def _refuse(name: str, message: str) -> BadInput:
    return BadInput(f"{name}: {message}", errors=(FieldError(name, message),))
