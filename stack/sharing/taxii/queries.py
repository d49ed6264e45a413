"""What became of posts, for members of the organisation that sent them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec

from stack.accounts.principal import Principal
from stack.jobs.models import JobState
from stack.jobs.records import UNFINISHED
from stack.sharing.taxii.models import Submission
from stack.sharing.taxii.operations import unpack_entries
from stack.sharing.taxii.times import write_date

_UNFINISHED = "The job of this post has ended without it; what to do about that is said there"


class Detail(msgspec.Struct, frozen=True, gc=False):
    """What became of one object; `message` says why it was refused."""

    stix_id: str
    version: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class PostStatus:
    """A status resource (TAXII 2.1, section 4.3.1): each object is in one of the three lists."""

    uid: str
    requested_at: int
    is_complete: bool
    successes: list[Detail]
    failures: list[Detail]
    pendings: list[Detail]


def find_status(principal: Principal, root: str, uid: str) -> PostStatus | None:
    """Of a post of the principal's organisation in this API root; None for every other one."""
    try:
        wanted = UUID(uid)
    except ValueError:
        return None
    rows = Submission.objects.select_related("job").filter(root=root, organisation=principal.organisation_id)
    found = rows.filter(pk=wanted).first()
    if found is None:
        return None
    return describe_submission(found, dict(found.refusals.values_list("position", "message")))


def describe_submission(row: Submission, refused: Mapping[int, str]) -> PostStatus:
    """What was taken in counts as a success when it is in the collection, not before. `refused` says why, by
    the place of an object."""
    received = write_date(row.requested_at)
    # An object without times of its own has the version of its receipt.
    named = [(each.stix_id, each.version or received) for each in unpack_entries(row.entries)]
    failures = [Detail(*named[position], refused[position]) for position in sorted(refused)]
    others = [Detail(*each) for position, each in enumerate(named) if position not in refused]
    if row.finished_at is not None:
        return PostStatus(str(row.pk), row.requested_at, True, others, failures, [])
    job = row.job
    if job is not None and JobState(job.state) in UNFINISHED:
        return PostStatus(str(row.pk), row.requested_at, False, [], failures, others)
    why = job.error if job is not None and job.error else _UNFINISHED
    failures += [Detail(each.stix_id, each.version, why) for each in others]
    return PostStatus(str(row.pk), row.requested_at, True, [], failures, [])
