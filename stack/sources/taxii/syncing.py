"""One run of a link: claims it, pulls or pushes, and writes down how it went and when the next one is."""

import random
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Final

from django.db.models import F

from stack.accounts.principal import Permission, Principal
from stack.accounts.queries import principal_of_organisation
from stack.core.clock import now_us
from stack.core.errors import NotFound, StackError
from stack.jobs.leases import in_transaction
from stack.sources.taxii.client import AskedToWait, TaxiiClient
from stack.sources.taxii.handing import Overtaken
from stack.sources.taxii.models import Link
from stack.sources.taxii.pulling import pull_link
from stack.sources.taxii.pushing import push_link
from stack.sources.taxii.records import Direction, Mode, Pulled, Pushed
from stack.sources.taxii.secrets import open_access
from stack.store.models import Source

Tick = Callable[[int], None]

_SOON_S: Final = 3.0
_LONGEST_S: Final = 6 * 3_600
_ERROR: Final = 500


def run_link(link_id: int, *, tick: Tick = lambda _: None, limit: int = 1_000) -> Pulled | Pushed:
    """Raises what makes the run fail, after it was written down. What was moved until then stays moved."""
    link = claim_link(link_id)
    try:
        with TaxiiClient(open_access(link.peer)) as client:
            if link.direction == Direction.PULL:
                done = _pull(link, client, tick, limit)
            else:
                pushed = push_link(link, client, tick=tick)
                _note_success(link, note="", again_soon=pushed.pending > 0)
                return pushed
    except AskedToWait as error:
        _note_failure(link, error, wait_s=error.seconds)
        raise
    except StackError as error:
        _note_failure(link, error, wait_s=0)
        raise
    return done


def claim_link(link_id: int) -> Link:
    """The link, with a revision of its own: whoever ran it until now writes nothing more."""
    with in_transaction():
        Link.objects.filter(pk=link_id).update(revision=F("revision") + 1, last_attempt_at=now_us())
        link = Link.objects.select_related("peer").filter(pk=link_id).first()
    if link is None:
        raise NotFound("This link to a peer is not there any more")
    return link


def stand_for(organisation_id: int) -> Principal:
    """The organisation, as whom Stack hands over what it pulled."""
    reader = principal_of_organisation(organisation_id, name="Stack")
    return replace(reader, permissions=frozenset({Permission.READ, Permission.INGEST}))


def schedule_after(every_s: float) -> int:
    """When the next run is, spread by a tenth, so that peers do not all ask in the same second."""
    return now_us() + int(every_s * random.uniform(0.9, 1.1) * 1_000_000)  # noqa: S311


def _pull(link: Link, client: TaxiiClient, tick: Tick, limit: int) -> Pulled:
    source = Source.objects.filter(pk=link.source_id).first()
    if source is None:
        raise NotFound("The source of this link was taken back", remedy="Remove the link, and make it again.")
    principal = stand_for(link.peer.organisation_id)
    done = pull_link(principal, link, client, source=source.name, tick=tick, limit=limit)
    # Another Stack says what is wrong with it in its own log.
    notes = () if link.peer.mode == Mode.REPLICATING else done.notes
    _note_success(link, note="; ".join(notes), again_soon=not done.is_whole)
    return done


def _note_success(link: Link, *, note: str, again_soon: bool) -> None:
    after = schedule_after(min(_SOON_S, link.every_s) if again_soon else link.every_s)
    changes: dict[str, Any] = {"last_error": "", "failures": 0, "note": note[:_ERROR], "next_at": after}
    _write(link, last_success_at=now_us(), **changes)


def _note_failure(link: Link, error: StackError, *, wait_s: float) -> None:
    """Failures in a row are tried at longer and longer intervals, up to some hours."""
    backoff = min(link.every_s * 2 ** min(link.failures, 10), max(_LONGEST_S, link.every_s))
    text = f"{error.detail}. {error.remedy}".strip()[:_ERROR]
    after = schedule_after(max(min(backoff, _LONGEST_S), wait_s, 1))
    _write(link, last_error=text, failures=F("failures") + 1, next_at=after)


def _write(link: Link, **columns: Any) -> None:
    if not Link.objects.filter(pk=link.pk, revision=link.revision).update(**columns):
        raise Overtaken


def describe_run(done: Pulled | Pushed) -> dict[str, Any]:
    """For the result of a job."""
    return asdict(done)
