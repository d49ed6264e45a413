"""Pulls one collection of a peer to its end, from where the last run came to."""

from collections.abc import Callable

import msgspec

from stack.accounts.principal import Principal
from stack.core.errors import StackError
from stack.ingest.operations import accept_upload
from stack.sources.taxii.client import TaxiiClient
from stack.sources.taxii.handing import HandOver, IngestBehind, write_bundle
from stack.sources.taxii.models import Link
from stack.sources.taxii.paging import Drain
from stack.sources.taxii.protocol import Page, identify_object
from stack.sources.taxii.records import Mode, Position, Pulled
from stack.stix.timestamps import format_instant, parse_instant
from stack.store.records import OWN_ALONE, Handling

_ONCE = 5_000

Tick = Callable[[int], None]
"""Called after each page with the objects so far; may raise to stop the run."""


def pull_link(
    principal: Principal, link: Link, client: TaxiiClient, *, source: str, tick: Tick, limit: int = 1_000
) -> Pulled:
    """Raises what the client raises, and `Overtaken`; what was handed over until then stays."""
    is_replica = link.peer.mode == Mode.REPLICATING
    position = msgspec.convert(link.position, Position)
    drain = make_drain(
        client, link.collection, position=position, every_version=is_replica, is_exact=is_replica, limit=limit
    )
    hand_over = HandOver(principal, link, source)
    is_whole = True
    try:
        for portion in drain.run():
            hand_over.take(portion)
            tick(hand_over.handed)
        hand_over.flush()
    except IngestBehind:
        is_whole = False
    return Pulled(hand_over.handed, drain.pages, tuple(drain.notes), tuple(hand_over.jobs), is_whole)


def make_drain(
    client: TaxiiClient,
    collection: str,
    *,
    position: Position,
    every_version: bool = False,
    is_exact: bool = False,
    limit: int = 1_000,
) -> Drain:
    """`is_exact`: the server's dates rise in the order in which objects come to be seen, as Stack's do."""

    def fetch(*, added_after: str, token: str, limit: int) -> Page:
        return client.get_page(
            collection, added_after=added_after, token=token, limit=limit, every_version=every_version
        )

    def find_date(page: Page) -> str:
        return _find_date(client, collection, page)

    return Drain(fetch, find_date, position, limit=limit, overlaps=not is_exact)


def _find_date(client: TaxiiClient, collection: str, page: Page) -> str:
    """By the manifest, else by the objects themselves: nothing is added before it was last modified, and
    nothing is added in the server's future."""
    heads = [identify_object(text) for text in page.objects]
    try:
        added = client.read_dates(collection, [stix_id for stix_id, _ in heads if stix_id])
    except StackError:
        added = []
    if added:
        return max(added, key=parse_instant)
    instants = [min(parse_instant(version), page.now) for _, version in heads if version]
    return format_instant(max(instants)) if instants else ""


def pull_once(
    principal: Principal,
    client: TaxiiClient,
    collection: str,
    *,
    source: str,
    handling: Handling = OWN_ALONE,
    added_after: str = "",
) -> Pulled:
    """Everything behind `added_after`, without a peer that would remember how far it came."""
    drain = make_drain(client, collection, position=Position(added_after=added_after))
    jobs: list[int] = []
    objects, waiting = 0, list[bytes]()
    for portion in drain.run():
        waiting += portion.objects
        if waiting and (len(waiting) >= _ONCE or not portion.objects):
            job = accept_upload(
                principal,
                chunks=write_bundle(waiting),
                filename=f"{source[:190]}.json",
                source=source,
                handling=handling,
            )
            jobs.append(job.id)
            objects, waiting = objects + len(waiting), []
    return Pulled(objects, drain.pages, tuple(drain.notes), tuple(jobs), is_whole=True)
