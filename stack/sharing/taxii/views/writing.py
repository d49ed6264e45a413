"""Adds objects to a collection, takes them out, says what became of a post (TAXII 2.1, 4.3, 5.5, 5.7)."""

from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Principal
from stack.sharing.collections.picking import withdraw_object
from stack.sharing.taxii.accepting import accept_post
from stack.sharing.taxii.boundary import NOTHING_HERE, answer_taxii
from stack.sharing.taxii.errors import UnsupportedMediaType
from stack.sharing.taxii.media_types import TAXII, is_envelope
from stack.sharing.taxii.opening import expect_readable, open_for_writing
from stack.sharing.taxii.parameters import VERSION_FIELDS, read_asked
from stack.sharing.taxii.posts import list_posted, measure_body, read_body
from stack.sharing.taxii.queries import Detail, PostStatus, describe_submission, find_status
from stack.sharing.taxii.times import write_date
from stack.store.selections.queries import list_versions

_SMALL_BYTES: Final = 65_536
_MOST_LISTED: Final = 10_000


def add_objects(request: HttpRequest, principal: Principal, *, root: str, collection: str) -> HttpResponse:
    """202: what was sent is in, or is kept and queued. The status says what became of each object."""
    row = open_for_writing(principal, root, collection)
    if not is_envelope(request.META.get("CONTENT_TYPE")):
        raise UnsupportedMediaType("The body is no TAXII 2.1", remedy=f"Send “Content-Type: {TAXII}”.")
    content = read_body(request, limit=settings.TAXII.post_bytes)
    made, refused = accept_post(principal, row, content=content, posted=list_posted(content))
    return answer_taxii(_write_status(describe_submission(made, refused)), status=202)


def remove_object(
    request: HttpRequest, principal: Principal, *, root: str, collection: str, stix_id: str
) -> HttpResponse:
    """All versions, or those of the filters. The object stays in the store: it leaves the collection."""
    row = open_for_writing(principal, root, collection)
    expect_readable(principal, row)
    asked = read_asked(
        request.META.get("QUERY_STRING", ""),
        fields=VERSION_FIELDS,
        place="",
        most=1,
    )
    chosen = asked.chosen if "version" in asked.match else None
    removed = 0 if asked.is_nothing else withdraw_object(principal, row.id, stix_id, chosen=chosen)
    if not removed and not list_versions(principal, row.id, stix_id, limit=1):
        raise NOTHING_HERE
    return answer_taxii(b"")


def show_status(request: HttpRequest, principal: Principal, *, root: str, status: str) -> HttpResponse:
    found = find_status(principal, root, status)
    if found is None:
        raise NOTHING_HERE
    return answer_taxii(_write_status(found))


def cost_of_post(request: HttpRequest) -> Cost:
    """A sighting is a write like any other; a bundle is an ingest."""
    size = measure_body(request)
    return Cost.WRITE if size is not None and size <= _SMALL_BYTES else Cost.EXPENSIVE


def _write_status(status: PostStatus) -> bytes:
    """Lists are given where they are not endless; the counts always."""
    said: dict[str, Any] = {
        "id": status.uid,
        "status": "complete" if status.is_complete else "pending",
        "request_timestamp": write_date(status.requested_at),
        "total_count": len(status.successes) + len(status.failures) + len(status.pendings),
    }
    lists = (("success", "successes"), ("failure", "failures"), ("pending", "pendings"))
    for count_name, name in lists:
        details: list[Detail] = getattr(status, name)
        said[f"{count_name}_count"] = len(details)
        if 0 < len(details) <= _MOST_LISTED:
            said[name] = [_describe(each) for each in details]
    return orjson.dumps(said)


def _describe(detail: Detail) -> dict[str, str]:
    said = {"id": detail.stix_id, "version": detail.version}
    return said | {"message": detail.message} if detail.message else said
