"""The marking picker: what it offers, what is chosen in it, and how its form is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.accounts.queries import list_organisations
from stack.core.errors import BadInput
from stack.ingest.audience_words import describe_access, format_minute
from stack.ingest.handling import (
    EVERYONE,
    GROUP,
    ORGANISATION,
    HandlingDraft,
    list_own_groups,
    name_handling,
    narrow_to_object,
    read_handling,
)
from stack.jobs.records import JobRow
from stack.stix.markings import TlpLevel, tlp_level_of
from stack.store.queries import list_markings
from stack.store.records import OWN_ALONE, AccessRow, Handling

_MEANINGS = {
    TlpLevel.CLEAR: "may go anywhere",
    TlpLevel.GREEN: "stays in the community",
    TlpLevel.AMBER: "stays with the organisation and its clients",
    TlpLevel.AMBER_STRICT: "stays in the organisation",
    TlpLevel.RED: "for named people alone",
}
_IN_FILE = ("As in the file", "marked as the file says")
_AS_AUTHOR = ("As its author marked it", "marked as its author says")
_AS_OBJECT = ("As the object", "marked as the object is")
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: the form's value, its label, and a few words on it."""

    value: str
    label: str
    is_chosen: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """All that `components/marking_picker.html` shows. `sharing` is `own`, `everyone` or `chosen`.

    `about` is the object whose markings a note inherits; `faults` are messages by field.
    """

    key: str
    unmarked: str
    is_unmarked: bool
    levels: tuple[Choice, ...]
    markings: tuple[Choice, ...]
    owner: str
    sharing: str
    organisations: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    embargo_until: str
    outcome: str
    about: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


def read_draft(form: QueryDict) -> HandlingDraft:
    """What was chosen. Without a word on sharing it stays with the own organisation."""
    shares: tuple[str, ...] = ()
    if form.get("sharing") == EVERYONE:
        shares = (EVERYONE,)
    elif form.get("sharing") == "chosen":
        shares = tuple(form.getlist("share_with"))
    return HandlingDraft(
        tlp=form.get("tlp", ""),
        markings=tuple(form.getlist("markings")),
        share_with=shares,
        embargo_until=form.get("embargo_until", ""),
    )


def draft_of(access: AccessRow) -> HandlingDraft:
    """What to choose in the picker to have the handling that holds now."""
    handling = access.handling or OWN_ALONE
    level = tlp_level_of(handling.markings)
    shares = (
        *(f"{ORGANISATION}{name}" for name in access.organisations),
        *(f"{GROUP}{name}" for name in access.groups),
    )
    return HandlingDraft(
        tlp="" if level is None else level.label,
        markings=tuple(each for each in handling.markings if tlp_level_of((each,)) is None),
        share_with=(EVERYONE,) if handling.everyone else shares,
        embargo_until="" if handling.embargo_until is None else _write_moment(handling.embargo_until),
    )


def pick_for_file(
    principal: Principal, draft: HandlingDraft | None = None, *, fault: BadInput | None = None
) -> Picker:
    return _make_picker(principal, "ingest", draft or HandlingDraft(), _IN_FILE, fault=fault)


def pick_for_object(principal: Principal, draft: HandlingDraft, *, fault: BadInput | None = None) -> Picker:
    return _make_picker(principal, "mark", draft, _AS_AUTHOR, fault=fault)


def pick_for_note(
    principal: Principal,
    about: str,
    draft: HandlingDraft | None = None,
    *,
    fault: BadInput | None = None,
) -> Picker:
    return _make_picker(principal, "note", draft or HandlingDraft(), _AS_OBJECT, about=about, fault=fault)


def describe_outcome(principal: Principal, key: str, draft: HandlingDraft, *, about: str = "") -> str:
    """Who will see it, in words; what is wrong with the draft where something is."""
    unmarked = {"ingest": _IN_FILE, "note": _AS_OBJECT}.get(key, _AS_AUTHOR)[1]
    try:
        handling = read_handling(principal, draft)
        if about:
            handling = narrow_to_object(principal, about, handling)
    except BadInput as error:
        return error.detail
    return describe_access(name_handling(principal, handling), unmarked="" if about else unmarked)


def describe_job_handling(principal: Principal, job: JobRow) -> str:
    """What an ingest does with what it brings in, in words; empty for other jobs."""
    if job.kind != "ingest":
        return ""
    handling = msgspec.convert(job.arguments.get("handling", {}), Handling)
    return describe_access(name_handling(principal, handling), unmarked=_IN_FILE[1])


def _make_picker(
    principal: Principal,
    key: str,
    draft: HandlingDraft,
    words: tuple[str, str],
    *,
    about: str = "",
    fault: BadInput | None = None,
) -> Picker:
    organisations = list_organisations(principal)
    own = next((row.name for row in organisations if row.id == principal.organisation_id), "")
    shares = [share for share in draft.share_with if share != EVERYONE]
    return Picker(
        key=key,
        unmarked=words[0],
        is_unmarked=not draft.tlp,
        levels=tuple(
            Choice(level.label, level.label, level.label == draft.tlp, _MEANINGS[level])
            for level in TlpLevel
            # What would hide it from them is refused, and so not offered.
            if level <= principal.tlp_ceiling or level.label == draft.tlp
        ),
        markings=tuple(
            Choice(row.id, (row.name or row.id)[:_LONGEST_WORDS], row.id in draft.markings)
            for row in list_markings(principal)
            if tlp_level_of((row.id,)) is None
        ),
        owner=own,
        sharing=EVERYONE if EVERYONE in draft.share_with else "chosen" if shares else "own",
        organisations=tuple(
            _offer(ORGANISATION, row.name, shares)
            for row in organisations
            if row.id != principal.organisation_id
        ),
        groups=tuple(_offer(GROUP, row.name, shares) for row in list_own_groups(principal)),
        embargo_until=draft.embargo_until,
        outcome=describe_outcome(principal, key, draft, about=about),
        about=about,
        faults={error.field: error.message for error in fault.errors} if fault else {},
    )


def _offer(prefix: str, name: str, shares: list[str]) -> Choice:
    return Choice(f"{prefix}{name}", name, f"{prefix}{name}" in shares)


def _write_moment(at: int) -> str:
    """As a field for date and time has it, in UTC: `2027-01-31T09:00`."""
    return format_minute(at)[:16].replace(" ", "T")
