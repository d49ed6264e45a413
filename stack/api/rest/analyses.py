"""`/analyses`: verdicts on values and files, with the evidence for them and what each source said."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Header, Path, Query

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission
from stack.analysis import operations, queries
from stack.analysis.accepting import choose_plugins, start_file_analysis
from stack.analysis.operations import Wish
from stack.analysis.records import AnalysisDetail, AnalysisRow
from stack.analysis.samples import open_sample
from stack.analysis.writing import write_analysis, write_bundle, write_preview, write_row
from stack.api.rest.analysis_items import (
    AnalysisDetailItem,
    AnalysisItem,
    AnalysisList,
    AnalysisPreviewItem,
    AskBody,
    PreviewBody,
    StartBody,
    StartedItem,
)
from stack.api.rest.authentication import ApiRequest, Needs
from stack.api.rest.handling import TlpParameter
from stack.api.rest.objects import STIX_MEDIA_TYPE
from stack.api.rest.parameters import NO_NUL, After, Limit, Name
from stack.core.errors import BadInput, FieldError, NotFound
from stack.stix.markings import parse_tlp

_CHUNK = 1_048_576
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_PASSWORDS = "For what is encrypted: percent-encoded, with commas between them"
_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": _FILE, "example": "MZ…"}},
}
_ARCHIVE: dict[str, Any] = {
    "responses": {200: {"content": {"application/zip": {"schema": _FILE, "example": "PK…"}}}}
}
_STARTS = Needs(Permission.ANALYZE, also=Permission.READ, cost=Cost.EXPENSIVE)
_CHANGES = Needs(Permission.ANALYZE, also=Permission.READ)
AnalysisId = Annotated[str, Path(max_length=36, pattern=r"^[0-9a-fA-F-]{1,36}$")]
Word = Literal["malicious", "suspicious", "benign", "unknown"]
router = Router(tags=["analysis"])


@router.get("/analyses", response=AnalysisList, auth=Needs(Permission.READ))
def list_analyses(
    request: ApiRequest,
    *,
    kind: Annotated[str, Query(max_length=20, pattern=NO_NUL)] = "",
    verdict: Word | None = None,
    text: Annotated[str, Query(max_length=200, pattern=NO_NUL, description="Part of a value or name")] = "",
    batch: Annotated[str, Query(max_length=36, pattern=NO_NUL)] = "",
    limit: Limit = 50,
    after: After = None,
) -> AnalysisList:
    """The analyses of your organisation that you are cleared for, newest first; a batch in its order."""
    page = queries.list_analyses(
        request.auth, kind=kind, word=verdict or "", text=text, batch=batch, after=after, limit=limit
    )
    return AnalysisList(items=[_item(row) for row in page.rows], total=page.total, next=page.next)


@router.post("/analyses", response={202: StartedItem}, auth=_STARTS)
def start_analysis(request: ApiRequest, response: HttpResponse, body: StartBody) -> StartedItem:
    """Starts the analysis of a value, or of each of many; follow them until they neither wait nor run."""
    if bool(body.value.strip()) == bool(body.values):
        message = "expected one value, or a list of values"
        raise BadInput(f"value: {message}", errors=(FieldError("value", message),))
    tlp = None if body.tlp is None else parse_tlp(body.tlp)
    wish = Wish(plugins=choose_plugins(body.providers), may_ask=body.may_ask, trigger="api")
    if body.values:
        rows = operations.start_batch(request.auth, values=body.values, kind=body.kind, tlp=tlp, wish=wish)
        return StartedItem(items=[_item(row) for row in rows], batch=rows[0].batch)
    row = operations.start_analysis(request.auth, value=body.value, kind=body.kind, tlp=tlp, wish=wish)
    return _accept(response, row)


@router.post(
    "/analyses/files", response={202: StartedItem}, auth=_STARTS, openapi_extra={"requestBody": _BODY}
)
def analyze_file(
    request: ApiRequest,
    response: HttpResponse,
    *,
    filename: Name = None,
    tlp: TlpParameter = None,
    may_ask: bool = True,
    provider: Annotated[tuple[str, ...], Query(max_length=100)] = (),
    archive_passwords: Annotated[str, Header(max_length=4_000, description=_PASSWORDS)] = "",
) -> StartedItem:
    """Starts the analysis of a file or mail, the bare body. It is kept sealed, and is never opened here."""
    row = start_file_analysis(
        request.auth,
        chunks=_read_body(request),
        filename=filename or "file",
        tlp=None if tlp is None else parse_tlp(tlp),
        wish=Wish(
            plugins=choose_plugins(provider or None),
            may_ask=may_ask,
            passwords=[unquote(each.strip()) for each in archive_passwords.split(",") if each.strip()],
            trigger="api",
        ),
    )
    return _accept(response, row)


@router.post("/analyses/preview", response=AnalysisPreviewItem, auth=_CHANGES)
def preview_analysis(request: ApiRequest, body: PreviewBody) -> AnalysisPreviewItem:
    """What would be computed and what would be sent to whom. Nothing is sent."""
    preview = operations.preview_analysis(
        request.auth,
        value=body.value,
        kind=body.kind,
        tlp=None if body.tlp is None else parse_tlp(body.tlp),
        plugins=choose_plugins(body.providers),
    )
    return AnalysisPreviewItem(**write_preview(preview))


@router.get("/analyses/{analysis_id}", response=AnalysisDetailItem, auth=Needs(Permission.READ))
def get_analysis(
    request: ApiRequest,
    analysis_id: AnalysisId,
    raw: Annotated[bool, Query(description="With the answers of the sources as they came")] = False,
) -> AnalysisDetailItem:
    """One analysis as it is now; answers of slow sources come while it runs."""
    return AnalysisDetailItem(**write_analysis(_find(request, analysis_id), with_raw=raw))


@router.delete("/analyses/{analysis_id}", response={204: None}, auth=_CHANGES)
def delete_analysis(request: ApiRequest, analysis_id: AnalysisId) -> None:
    """Forgets the analysis and its file; what it stated in the store stays. 409 while it goes on."""
    operations.delete_analysis(request.auth, analysis_id)


@router.post("/analyses/{analysis_id}/ask", response={202: AnalysisItem}, auth=_STARTS)
def ask_again(request: ApiRequest, analysis_id: AnalysisId, body: AskBody) -> AnalysisItem:
    """Asks one engine or provider anew, past what was kept. 409 while the analysis goes on."""
    return _item(operations.ask_again(request.auth, analysis_id, body.plugin))


@router.get("/analyses/{analysis_id}/sample", auth=_STARTS, openapi_extra=_ARCHIVE)
def download_sample(request: ApiRequest, analysis_id: AnalysisId) -> StreamingHttpResponse:
    """The file as a zip with the password “infected”. It may be malicious; who takes it is recorded."""
    sample = open_sample(request.auth, analysis_id)
    answer = StreamingHttpResponse(sample.pieces, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{sample.sha256}.zip"'
    return answer


@router.get(
    "/analyses/{analysis_id}/stix",
    auth=Needs(Permission.READ, also=Permission.EXPORT),
    openapi_extra={
        "responses": {
            200: {"content": {STIX_MEDIA_TYPE: {"schema": {"type": "object"}, "example": {"type": "bundle"}}}}
        }
    },
)
def get_analysis_stix(request: ApiRequest, analysis_id: AnalysisId) -> HttpResponse:
    """What was kept of the analysis in the store, as far as you may see it, as a bundle."""
    bundle = write_bundle(request.auth, _find(request, analysis_id))
    return HttpResponse(bundle, content_type=STIX_MEDIA_TYPE)


def _accept(response: HttpResponse, row: AnalysisRow) -> StartedItem:
    response["Location"] = f"/api/v1/analyses/{row.uid}"
    return StartedItem(items=[_item(row)], batch=row.batch)


def _find(request: ApiRequest, analysis_id: str) -> AnalysisDetail:
    detail = queries.get_analysis(request.auth, analysis_id)
    if detail is None:
        raise NotFound(f"There is no analysis {analysis_id}")
    return detail


def _item(row: AnalysisRow) -> AnalysisItem:
    return AnalysisItem(**write_row(row))


def _read_body(request: HttpRequest) -> Iterator[bytes]:
    if request.META.get("CONTENT_LENGTH") in (None, "", "0"):
        raise BadInput("body: the file is empty", errors=(FieldError("body", "the file is empty"),))
    return iter(lambda: request.read(_CHUNK), b"")
