"""Writes of links: what is pulled from a peer, and what is pushed to it."""

from typing import Final

import msgspec
from django.db import IntegrityError

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, FieldError, NotFound
from stack.sources.taxii.models import Link, RefusedPush, SentEnvelope
from stack.sources.taxii.operations import lock_peer, record_change
from stack.sources.taxii.queries import LinkRow, describe_link
from stack.sources.taxii.records import Direction
from stack.sources.taxii.syncing import stand_for
from stack.store.marking import check_handling
from stack.store.operations import ensure_source
from stack.store.records import OWN_ALONE, Handling

SOURCE_KIND: Final = "taxii"
_SHORTEST_S: Final = 10
_LONGEST_S: Final = 30 * 86_400


def add_pull(
    principal: Principal,
    peer_id: int,
    *,
    collection: str,
    title: str = "",
    handling: Handling = OWN_ALONE,
    reliability: int = 5,
    every_s: int = 300,
    is_enabled: bool = True,
) -> LinkRow:
    """Pulls the peer's collection (by its id there) as a source of its own, first at once."""
    principal.require(Permission.MANAGE_SOURCES)
    check_handling(principal, handling)
    _check_link(collection, every_s)
    if not 0 <= reliability <= 5:
        raise _faulty("reliability", "expected 0 (A, best) to 5 (F, cannot be judged)")
    with writing():
        peer = lock_peer(principal, peer_id)
        name = f"{peer.name}: {title or collection}"[:200]
        source = ensure_source(
            stand_for(principal.organisation_id), name=name, kind=SOURCE_KIND, reliability=reliability
        )
        if source.kind != SOURCE_KIND or Link.objects.filter(source_id=source.id).exists():
            raise Conflict(f"There is a source “{name}” already", remedy="Give the link another title.")
        link = Link(
            peer=peer,
            direction=Direction.PULL,
            collection=collection,
            title=title,
            every_s=every_s,
            is_enabled=is_enabled,
            source_id=source.id,
            handling=msgspec.to_builtins(handling),
            next_at=now_us(),
        )
        _save_link(principal, link)
    return describe_link(link)


def add_push(
    principal: Principal,
    peer_id: int,
    *,
    collection: str,
    selection_id: int,
    title: str = "",
    tlp_ceiling: int = 1,
    every_s: int = 300,
    is_enabled: bool = True,
) -> LinkRow:
    """Pushes a collection of ours, which the caller has found for this principal, to one of the peer.

    `tlp_ceiling` is the highest TLP that leaves, 0 (clear) to 4 (red); no higher than the principal's own.
    """
    principal.require(Permission.MANAGE_SOURCES)
    principal.require(Permission.MANAGE_SHARING)
    _check_link(collection, every_s)
    if not 0 <= tlp_ceiling <= principal.tlp_ceiling:
        raise _faulty("tlp_ceiling", "expected a level of TLP up to your own")
    with writing():
        link = Link(
            peer=lock_peer(principal, peer_id),
            direction=Direction.PUSH,
            collection=collection,
            title=title,
            every_s=every_s,
            is_enabled=is_enabled,
            selection_id=selection_id,
            tlp_ceiling=tlp_ceiling,
            next_at=now_us(),
        )
        _save_link(principal, link)
    return describe_link(link)


def change_link(
    principal: Principal,
    peer_id: int,
    link_id: int,
    *,
    is_enabled: bool | None = None,
    every_s: int | None = None,
    from_start: bool = False,
) -> LinkRow:
    """`from_start` forgets how far it had come: everything is moved again, which does no harm."""
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        link = _lock_link(principal, peer_id, link_id)
        before = {"is_enabled": link.is_enabled, "every_s": link.every_s}
        if every_s is not None:
            _check_link(link.collection, every_s)
            link.every_s = every_s
        if is_enabled is not None:
            link.is_enabled = is_enabled
        if from_start:
            link.position, link.cursor = {}, 0
        link.next_at = now_us()
        link.revision += 1
        link.save()
        after = {"is_enabled": link.is_enabled, "every_s": link.every_s, "from_start": from_start}
        record_change("peer-link.change", principal, link.pk, before=before, after=after)
    return describe_link(link)


def remove_link(principal: Principal, peer_id: int, link_id: int) -> None:
    """What was moved stays where it is."""
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        link = _lock_link(principal, peer_id, link_id)
        said = {"peer": link.peer.name, "direction": link.direction, "collection": link.collection}
        SentEnvelope.objects.filter(link=link).delete()
        RefusedPush.objects.filter(link=link).delete()
        Link.objects.filter(pk=link.pk).delete()
        record_change("peer-link.remove", principal, link_id, before=said)


def _check_link(collection: str, every_s: int) -> None:
    if not collection or len(collection) > 200 or not collection.isprintable():
        raise _faulty("collection", "expected the id that the peer lists")
    if not _SHORTEST_S <= every_s <= _LONGEST_S:
        raise _faulty("every_s", f"expected {_SHORTEST_S} to {_LONGEST_S:,} seconds")


def _faulty(field: str, message: str) -> BadInput:
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))


def _save_link(principal: Principal, link: Link) -> None:
    try:
        link.save()
    except IntegrityError:
        raise Conflict("This collection is linked already", remedy="Change or remove that link.") from None
    said = {
        "peer": link.peer.name,
        "direction": str(link.direction),
        "collection": link.collection,
        "every_s": link.every_s,
    }
    record_change("peer-link.create", principal, link.pk, after=said)


def _lock_link(principal: Principal, peer_id: int, link_id: int) -> Link:
    peer = lock_peer(principal, peer_id)
    link = Link.objects.filter(pk=link_id, peer=peer).select_related("peer").first()
    if link is None:
        raise NotFound(f"There is no link {link_id}", remedy="Show the peer to find its number.")
    return link
