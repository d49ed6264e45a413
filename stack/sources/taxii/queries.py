"""Peers with their links, as an organisation's members may see them. Times are microseconds UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import msgspec

from stack.accounts.principal import Permission, Principal
from stack.core.clock import now_us
from stack.core.errors import NotFound
from stack.sources.taxii.models import Link, Peer, RefusedPush
from stack.sources.taxii.records import Access, Direction, Mode, Position
from stack.sources.taxii.secrets import open_access
from stack.stix.timestamps import parse_instant


class Health(StrEnum):
    """`late`: no success for three times its interval."""

    GOOD = "good"
    NEW = "new"
    LATE = "late"
    FAILING = "failing"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class RefusalRow:
    stix_id: str
    version: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """`reached` is the newest date at the peer (pull) or of our collection (push) up to which everything has
    been moved; 0 before the first. `moved` counts objects, `skipped` those that came from the peer."""

    id: int
    direction: Direction
    collection: str
    title: str
    is_enabled: bool
    every_s: int
    source_id: int
    selection_id: int
    tlp_ceiling: int
    reached: int
    health: Health
    next_at: int
    job_id: int
    last_attempt_at: int | None
    last_success_at: int | None
    last_error: str
    note: str
    failures: int
    moved: int
    skipped: int
    refused: int
    refusals: tuple[RefusalRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PeerRow:
    id: int
    name: str
    url: str
    version: str
    mode: Mode
    user: str
    has_secrets: bool
    has_certificate: bool
    verify: bool
    is_enabled: bool
    health: Health
    created_at: int
    links: tuple[LinkRow, ...] = ()


def list_peers(principal: Principal) -> list[PeerRow]:
    """The organisation's peers by name, each with its links."""
    principal.require(Permission.MANAGE_SOURCES)
    peers = list(Peer.objects.filter(organisation_id=principal.organisation_id).order_by("name", "pk"))
    links = Link.objects.filter(peer__in=peers).select_related("peer").order_by("peer_id", "pk")
    by_peer = {peer_id: list(rows) for peer_id, rows in groupby(links, key=lambda link: link.peer_id)}
    return [describe_peer(peer, by_peer.get(peer.pk, ())) for peer in peers]


def get_peer(principal: Principal, peer_id: int) -> PeerRow:
    """With its links and what the peer refused. NotFound for one of others, as for one that never was."""
    peer = _find(principal, peer_id)
    links = Link.objects.filter(peer=peer).select_related("peer").order_by("pk")
    return describe_peer(peer, list(links), with_refusals=True)


def access_of_peer(principal: Principal, peer_id: int) -> Access:
    """How the peer is asked, with its secrets: for asking it, and never to be shown."""
    return open_access(_find(principal, peer_id))


def describe_peer(peer: Peer, links: Sequence[Link] = (), *, with_refusals: bool = False) -> PeerRow:
    rows = tuple(describe_link(link, with_refusals=with_refusals) for link in links)
    return PeerRow(
        id=peer.pk,
        name=peer.name,
        url=peer.url,
        version=peer.version,
        mode=Mode(peer.mode),
        user=peer.user,
        has_secrets=bool(peer.secrets),
        has_certificate=bool(peer.certificate),
        verify=peer.verify,
        is_enabled=peer.is_enabled,
        health=_worst(row.health for row in rows) if peer.is_enabled else Health.OFF,
        created_at=peer.created_at,
        links=rows,
    )


def describe_link(link: Link, *, with_refusals: bool = False) -> LinkRow:
    refusals: tuple[RefusalRow, ...] = ()
    if with_refusals and link.direction == Direction.PUSH:
        found = RefusedPush.objects.filter(link=link).order_by("-at", "-pk")[:100]
        refusals = tuple(RefusalRow(row.stix_id, row.version, row.reason, row.at) for row in found)
    return LinkRow(
        id=link.pk,
        direction=Direction(link.direction),
        collection=link.collection,
        title=link.title,
        is_enabled=link.is_enabled,
        every_s=link.every_s,
        source_id=link.source_id,
        selection_id=link.selection_id,
        tlp_ceiling=link.tlp_ceiling,
        reached=_find_reached(link),
        health=_judge(link),
        next_at=link.next_at,
        job_id=link.job_id,
        last_attempt_at=link.last_attempt_at,
        last_success_at=link.last_success_at,
        last_error=link.last_error,
        note=link.note,
        failures=link.failures,
        moved=link.moved,
        skipped=link.skipped,
        refused=link.refused,
        refusals=refusals,
    )


def _find(principal: Principal, peer_id: int) -> Peer:
    principal.require(Permission.MANAGE_SOURCES)
    peer = Peer.objects.filter(pk=peer_id, organisation_id=principal.organisation_id).first()
    if peer is None:
        raise NotFound(f"There is no peer {peer_id}", remedy="List the peers to find its number.")
    return peer


def _find_reached(link: Link) -> int:
    if link.direction == Direction.PUSH:
        return link.cursor
    position = msgspec.convert(link.position, Position)
    return parse_instant(position.added_after) if position.added_after else 0


def _judge(link: Link) -> Health:
    if not link.is_enabled or not link.peer.is_enabled:
        return Health.OFF
    if link.failures:
        return Health.FAILING
    if link.last_success_at is None:
        return Health.NEW
    is_late = now_us() - link.last_success_at > 3 * max(link.every_s, 60) * 1_000_000
    return Health.LATE if is_late else Health.GOOD


def _worst(found: Iterable[Health]) -> Health:
    order = (Health.FAILING, Health.LATE, Health.NEW, Health.GOOD, Health.OFF)
    return min(found, key=order.index, default=Health.NEW)
