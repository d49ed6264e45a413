"""How people write the handling of what they bring in: names where a `Handling` has numbers.

A share is written `everyone`, `org:Northern CERT` or `group:Energy`; TLP as its label; the end of an embargo
as RFC 3339, in UTC where it names no zone.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from stack.accounts.principal import Principal
from stack.accounts.queries import GroupRow, list_groups, list_organisations
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError
from stack.stix.ids import is_id
from stack.stix.markings import parse_tlp, tlp_marking_id
from stack.store.marking import check_handling, inherit_handling
from stack.store.queries import list_markings
from stack.store.records import AccessRow, Handling, MarkingRow

EVERYONE = "everyone"
ORGANISATION = "org:"
GROUP = "group:"
MOST_SHARES = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HandlingDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A handling as it is typed or sent; all empty: for the own organisation alone, marked as it came."""

    tlp: str = ""
    markings: tuple[str, ...] = ()
    share_with: tuple[str, ...] = ()
    embargo_until: str = ""


def read_handling(principal: Principal, draft: HandlingDraft) -> Handling:
    """The handling that the draft names, checked. BadInput names every faulty field at once."""
    reading = _Reading(principal)
    level = reading.read_tlp(draft.tlp)
    markings = reading.read_markings(draft.markings)
    organisation_ids, group_ids = reading.read_shares(draft.share_with)
    embargo = reading.read_embargo(draft.embargo_until)
    if reading.faults:
        raise BadInput(
            "; ".join(f"{fault.field}: {fault.message}" for fault in reading.faults),
            remedy="docs/markings.md says how a handling is written.",
            errors=tuple(reading.faults),
        )
    handling = Handling(
        markings=tuple(sorted({*markings, *level})),
        everyone=EVERYONE in draft.share_with,
        organisation_ids=organisation_ids,
        group_ids=group_ids,
        embargo_until=embargo,
    )
    check_handling(principal, handling)
    return handling


def expect_handling(principal: Principal, handling: Handling) -> Handling:
    """The handling of a job that waited: an embargo that has ended is over, the rest must still hold.

    Raises `BadInput` where it does not, as for a sharing group that the organisation has left.
    """
    if handling.embargo_until is not None and handling.embargo_until <= now_us():
        handling = msgspec.structs.replace(handling, embargo_until=None)
    check_handling(principal, handling)
    return handling


def narrow_to_object(principal: Principal, stix_id: str, handling: Handling) -> Handling:
    """The handling of what is derived from an object: all of its markings, and nobody who may not see it.

    NotFound for an object that cannot be seen.
    """
    inherited = inherit_handling(principal, stix_ids=[stix_id], handling=handling)
    others = tuple(each for each in inherited.organisation_ids if each != principal.organisation_id)
    return msgspec.structs.replace(inherited, organisation_ids=others)


def name_handling(principal: Principal, handling: Handling) -> AccessRow:
    """The handling with names for ids, as `get_access` says it of an object."""
    organisations = {row.id: row.name for row in list_organisations(principal)}
    groups = {row.id: row.name for row in list_groups(principal)}
    known = {row.id: row for row in list_markings(principal)} if handling.markings else {}
    return AccessRow(
        owner=organisations.get(principal.organisation_id, ""),
        is_own=True,
        markings=[known.get(each) or MarkingRow(each, each, "other", "") for each in handling.markings],
        everyone=handling.everyone,
        organisations=[organisations.get(each, f"organisation {each}") for each in handling.organisation_ids],
        groups=[groups.get(each, f"group {each}") for each in handling.group_ids],
        embargo_until=handling.embargo_until,
        handling=handling,
    )


def list_own_groups(principal: Principal) -> list[GroupRow]:
    """The sharing groups of the own organisation: who administers sees others, but shares with none."""
    return [row for row in list_groups(principal) if row.id in principal.group_ids]


@dataclass(slots=True)
class _Reading:
    """Reads the fields of one draft and collects what is wrong with them."""

    principal: Principal
    faults: list[FieldError] = field(default_factory=list)

    def read_tlp(self, text: str) -> tuple[str, ...]:
        if not text.strip():
            return ()
        with suppress(ValueError):
            return (tlp_marking_id(parse_tlp(text)),)
        self._refuse("tlp", f"expected clear, green, amber, amber+strict or red, got “{text[:40]}”")
        return ()

    def read_markings(self, texts: Sequence[str]) -> tuple[str, ...]:
        ids = tuple(text.strip().lower() for text in texts if text.strip())
        for text in ids:
            if not (text.startswith("marking-definition--") and is_id(text)):
                self._refuse("markings", f"expected ids such as marking-definition--…, got “{text[:80]}”")
        return ids

    def read_shares(self, texts: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Row ids of organisations and of sharing groups; the own organisation needs no naming."""
        words = [text.strip() for text in texts if text.strip() and text.strip() != EVERYONE]
        if len(words) > MOST_SHARES:
            self._refuse("share_with", f"expected at most {MOST_SHARES} names, got {len(words):,}")
            return (), ()
        organisations, groups = self._split_shares(words)
        known = {row.name: row.id for row in list_organisations(self.principal)} if organisations else {}
        own = {row.name: row.id for row in list_own_groups(self.principal)} if groups else {}
        found = {self._find(name, known, "organisation") for name in organisations}
        chosen = {self._find(name, own, "sharing group") for name in groups}
        return (
            tuple(sorted(each for each in found if each not in {None, self.principal.organisation_id})),
            tuple(sorted(each for each in chosen if each is not None)),
        )

    def _split_shares(self, words: Iterable[str]) -> tuple[list[str], list[str]]:
        organisations, groups = [], []
        for word in words:
            if word.startswith(ORGANISATION):
                organisations.append(word.removeprefix(ORGANISATION).strip())
            elif word.startswith(GROUP):
                groups.append(word.removeprefix(GROUP).strip())
            else:
                self._refuse("share_with", f"expected everyone, org:NAME or group:NAME, got “{word[:80]}”")
        return organisations, groups

    def _find(self, name: str, known: dict[str, int], kind: str) -> int | None:
        found = known.get(name)
        if found is None:
            self._refuse("share_with", f"there is no {kind} “{name[:80]}” that you may name")
        return found

    def read_embargo(self, text: str) -> int | None:
        if not text.strip():
            return None
        try:
            moment = datetime.fromisoformat(text.strip())
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            until = (aware - _EPOCH) // timedelta(microseconds=1)
        except (ValueError, OverflowError):
            self._refuse("embargo_until", f"expected a time such as 2027-01-31T09:00Z, got “{text[:40]}”")
            return None
        if until <= now_us():
            self._refuse("embargo_until", f"expected a time to come, got “{text[:40]}”")
        return until

    def _refuse(self, name: str, message: str) -> None:
        self.faults.append(FieldError(name, message))
