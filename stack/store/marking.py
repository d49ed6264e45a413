"""Who may see what an organisation states: checked, decided anew, and inherited.

A decision is kept (`store_ruling`) and holds for what the organisation states of the object later, too: a
feed that is read again does not undo it.
"""

from collections.abc import Iterable, Sequence

import msgspec

from stack.accounts.models import Organisation
from stack.accounts.principal import Permission, Principal
from stack.core.acts import Act, record_act
from stack.core.clock import now_us
from stack.core.errors import BadInput, FieldError, NotFound
from stack.stix.markings import TLP_DEFINITIONS, tlp_level_of
from stack.store.access import (
    AudienceRecord,
    combine_handlings,
    ensure_audience,
    read_audiences,
    visible_audiences,
)
from stack.store.database import Database, write_database
from stack.store.describing import describe_versions
from stack.store.faces import add_reordered
from stack.store.models import Ruling
from stack.store.moving import move_versions
from stack.store.planning import Identity, KnownVersion
from stack.store.probing import find_faces, identity_of, read_versions
from stack.store.queries.objects import find_objects
from stack.store.queries.rows import find_visible, open_view
from stack.store.records import OWN_ALONE, Handling
from stack.store.writing import log_changes


def check_handling(principal: Principal, handling: Handling) -> None:
    """BadInput that names each field for what the principal cannot ask for: markings and recipients that do
    not exist for them, a level or a restricted marking that would hide from them what they handle, an
    embargo that is over."""
    faults = [
        *_check_markings(principal, handling.markings),
        *_check_recipients(principal, handling),
    ]
    if handling.embargo_until is not None and handling.embargo_until <= now_us():
        faults.append(FieldError("embargo_until", "expected a time in the future"))
    if faults:
        raise BadInput("; ".join(f"{fault.field}: {fault.message}" for fault in faults), errors=tuple(faults))


def mark_object(principal: Principal, *, stix_id: str, handling: Handling) -> None:
    """Gives the organisation's own statements of an object this handling, those to come included.

    Holds at once for every reader. NotFound where the organisation states nothing that the principal sees.
    """
    principal.require(Permission.MARK)
    check_handling(principal, handling)
    database = write_database()
    with database.write():
        own = _read_own(database, principal, stix_id)
        if not own:
            raise NotFound(
                f"Your organisation states nothing of {stix_id}",
                remedy="Only who states something can say how it is to be handled.",
            )
        identity = identity_of(stix_id.lower())
        audiences = read_audiences(database)
        before = audiences[own[0].audience_id].handling
        moves = _plan_moves(database, own, audiences, principal.organisation_id, handling)
        _keep_ruling(database, principal, identity, handling)
        changes = move_versions(database, identity, moves)
        log_changes(database, add_reordered(database, changes, [identity]))
        record_act(
            Act(
                name="object.mark",
                actor=principal,
                object_kind="object",
                object_id=stix_id,
                before=msgspec.to_builtins(before),
                after=msgspec.to_builtins(handling),
            )
        )


def inherit_handling(
    principal: Principal, *, stix_ids: Sequence[str], handling: Handling = OWN_ALONE
) -> Handling:
    """The handling of what is derived from these objects: with all of their markings, and open to nobody who
    may not see each of them. NotFound for one that the principal does not see."""
    view = open_view(principal)
    audiences = read_audiences(view.database)
    for stix_id in stix_ids:
        shown = find_visible(view, stix_id)
        if shown is None:
            raise NotFound(f"There is no object {stix_id}", remedy="Check the id, or look the value up.")
        handling = combine_handlings(handling, _handling_of(audiences[shown.audience_id]))
    return handling


def _handling_of(parent: AudienceRecord) -> Handling:
    """Who may see the parent, in the words of a handling; its owner is one of them."""
    handling = parent.handling
    owners = () if parent.owner_id is None else (parent.owner_id,)
    return msgspec.structs.replace(
        handling,
        markings=tuple(sorted({*parent.markings, *handling.markings})),
        everyone=handling.everyone or parent.owner_id is None,
        organisation_ids=tuple(sorted({*handling.organisation_ids, *owners})),
    )


def _read_own(database: Database, principal: Principal, stix_id: str) -> list[KnownVersion]:
    """The organisation's statements of the object that the principal may see."""
    if not find_objects(principal, [stix_id.lower()]):
        return []
    faces = find_faces(database, [identity_of(stix_id.lower())])
    visible = visible_audiences(principal, database=database)
    audiences = read_audiences(database)
    row_ids = [row_id for rows in faces.values() for row_id, _ in rows]
    return [
        version
        for _, version in read_versions(database, row_ids)
        if version.audience_id in visible
        and audiences[version.audience_id].owner_id == principal.organisation_id
    ]


def _plan_moves(
    database: Database,
    own: Sequence[KnownVersion],
    audiences: dict[int, AudienceRecord],
    owner_id: int,
    handling: Handling,
) -> dict[int, int]:
    """The audience of each version under the handling: what the text says stays, and so does what a later
    statement raised it to."""
    statements = describe_versions(database, [version.id for version in own])
    moves: dict[int, int] = {}
    for version in own:
        old = audiences[version.audience_id]
        stated = {*statements[version.id].markings, *old.markings} - (
            set(old.handling.markings) - set(statements[version.id].markings)
        )
        moves[version.id] = ensure_audience(owner_id, stated, handling, database=database).id
    return moves


def _keep_ruling(database: Database, principal: Principal, identity: Identity, handling: Handling) -> None:
    Ruling.objects.using(database.alias).update_or_create(
        uuid=identity[0],
        type=identity[1],
        organisation_id=principal.organisation_id,
        defaults={"handling": msgspec.to_builtins(handling), "ruled_at": now_us()},
    )


def _check_markings(principal: Principal, markings: Sequence[str]) -> Iterable[FieldError]:
    others = [marking for marking in markings if marking not in TLP_DEFINITIONS]
    # Who only delivers may not read, and need not where no marking is named.
    known = find_objects(principal, others) if others else {}
    for marking in others:
        if not marking.startswith("marking-definition--") or marking not in known:
            yield FieldError("markings", f"there is no marking definition {marking[:80]}")
        elif marking in principal.hidden_markings:
            yield FieldError("markings", f"{marking[:80]} is restricted, and you were not granted it")
    level = tlp_level_of(markings)
    if level is not None and level > principal.tlp_ceiling:
        yield FieldError("markings", f"TLP:{level.label.upper()} is above your own ceiling")


def _check_recipients(principal: Principal, handling: Handling) -> Iterable[FieldError]:
    wanted = set(handling.organisation_ids)
    known = set(Organisation.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    for organisation_id in sorted(wanted - known):
        yield FieldError("organisation_ids", f"there is no organisation {organisation_id}")
    for group_id in sorted(set(handling.group_ids) - principal.group_ids):
        yield FieldError("group_ids", f"your organisation is in no sharing group {group_id}")
