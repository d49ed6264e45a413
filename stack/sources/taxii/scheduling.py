"""Queues the runs of links: those that are due, and those that somebody asks for."""

from typing import Final

from stack.accounts.principal import Permission, Principal
from stack.accounts.transactions import writing
from stack.core.clock import now_us
from stack.jobs.models import Job
from stack.jobs.operations import enqueue
from stack.jobs.records import UNFINISHED, JobRow
from stack.sources.taxii.models import Link
from stack.sources.taxii.operations import lock_peer, record_change
from stack.sources.taxii.records import Direction
from stack.sources.taxii.syncing import stand_for

KIND: Final = "sync-peer"


def sync_peer(principal: Principal, peer_id: int) -> list[JobRow]:
    """Queues every enabled link of the peer that does not run already, now."""
    principal.require(Permission.MANAGE_SOURCES)
    with writing():
        peer = lock_peer(principal, peer_id)
        links = list(Link.objects.filter(peer=peer, is_enabled=True).select_related("peer"))
        jobs = [job for link in links if (job := _queue(principal, link)) is not None]
        names = {"name": peer.name, "jobs": [job.id for job in jobs]}
        record_change("peer.sync", principal, peer.pk, after=names)
    return jobs


def queue_due() -> int:
    """Queues the links whose time has come; how many. Two runners that look at once queue each only once."""
    queued = 0
    due = Link.objects.filter(is_enabled=True, peer__is_enabled=True, next_at__lte=now_us())
    for link_id in list(due.values_list("pk", flat=True)[:100]):
        with writing():
            found = Link.objects.select_for_update(of=("self",)).select_related("peer")
            link = found.filter(pk=link_id, next_at__lte=now_us()).first()
            if link is not None and _queue(stand_for(link.peer.organisation_id), link) is not None:
                queued += 1
    return queued


def _queue(principal: Principal, link: Link) -> JobRow | None:
    """None where it is queued or runs. The run itself sets the time of the next."""
    if Job.objects.filter(pk=link.job_id, state__in=UNFINISHED).exists():
        Link.objects.filter(pk=link.pk).update(next_at=now_us() + 5_000_000)
        return None
    arrow = "from" if link.direction == Direction.PULL else "to"
    name = f"{link.title or link.collection} {arrow} {link.peer.name}"
    arguments = {"link": link.pk, "name": name}
    job = enqueue(principal, kind=KIND, arguments=arguments)
    Link.objects.filter(pk=link.pk).update(
        job_id=job.id, next_at=now_us() + max(link.every_s, 60) * 1_000_000
    )
    return job
