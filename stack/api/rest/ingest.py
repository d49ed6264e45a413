"""`/ingest`: take in a file, as a form or as the bare body; the work itself is a job."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import EmbargoParameter, MarkingsParameter, SharesParameter, TlpParameter
from stack.api.rest.jobs import JobItem, accept_job
from stack.api.rest.parameters import NO_NUL, Name
from stack.core.errors import BadInput, FieldError
from stack.ingest.base import CsvMapping
from stack.ingest.handling import HandlingDraft, read_handling
from stack.ingest.operations import accept_upload

_CHUNK = 1_048_576
_TEXTS = ("source", "format", "mapping", "tlp", "embargo_until")
_LISTS = ("markings", "share_with")
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": _FILE,
                    **{name: {"type": "string"} for name in _TEXTS},
                    **{name: {"type": "array", "items": {"type": "string"}} for name in _LISTS},
                },
            },
            "example": {"file": "(the file)", "source": "Partner feed", "tlp": "amber"},
        },
        "application/octet-stream": {
            "schema": _FILE,
            "example": '{"type":"bundle","id":"bundle--5d0092c5-5f74-4287-9642-33f4c354e56d","objects":[]}',
        },
    },
}
router = Router(tags=["ingest"])


@router.post(
    "/ingest",
    response={202: JobItem},
    auth=Needs(Permission.INGEST, cost=Cost.EXPENSIVE),
    openapi_extra={"requestBody": _BODY},
)
def ingest_file(
    request: ApiRequest,
    response: HttpResponse,
    *,
    source: Name = None,
    format: Name = None,  # noqa: A002 - the name that users write, as in `stack ingest --format`
    filename: Name = None,
    mapping: Annotated[
        str | None, Query(max_length=10_000, pattern=NO_NUL, description="CSV: which column is what, as JSON")
    ] = None,
    tlp: TlpParameter = None,
    markings: MarkingsParameter = (),
    share_with: SharesParameter = (),
    embargo_until: EmbargoParameter = None,
) -> JobItem:
    """Takes in a file and answers with the job that works it through.

    Send `multipart/form-data` with the part `file` (and the parts source, format, mapping, tlp, markings,
    share_with, embargo_until), or the bare file as the body with these as parameters. The format is
    recognised when it is not given. Without a word on sharing, your organisation alone sees what comes in.
    """
    fields = {
        "source": source,
        "format": format,
        "mapping": mapping,
        "tlp": tlp,
        "embargo_until": embargo_until,
    }
    lists = {"markings": markings, "share_with": share_with}
    chunks, name = _open_body(request)
    if request.content_type == "multipart/form-data":
        fields |= {key: request.POST[key] for key in fields if request.POST.get(key)}
        lists |= {key: tuple(request.POST.getlist(key)) for key in lists if key in request.POST}
    row = accept_upload(
        request.auth,
        chunks=chunks,
        filename=filename or name,
        source=fields["source"],
        format=fields["format"],
        mapping=_read_mapping(fields["mapping"]),
        handling=read_handling(
            request.auth,
            HandlingDraft(tlp=fields["tlp"] or "", embargo_until=fields["embargo_until"] or "", **lists),
        ),
    )
    return accept_job(row, response)


def _open_body(request: HttpRequest) -> tuple[Iterator[bytes], str]:
    """The file's bytes, read as they are asked for, and the name that came with it."""
    if request.content_type == "multipart/form-data":
        file = request.FILES.get("file")
        if file is None:
            raise _field_error("file", "expected a part “file” with the file to take in")
        return file.chunks(_CHUNK), file.name or "upload"
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        raise _field_error("body", "the file is empty")
    return iter(lambda: request.read(_CHUNK), b""), "upload"


def _read_mapping(text: str | None) -> CsvMapping | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=CsvMapping)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise _field_error("mapping", str(error)) from None


def _field_error(field: str, message: str) -> BadInput:
    return BadInput(f"{field}: {message}", errors=(FieldError(field, message),))
