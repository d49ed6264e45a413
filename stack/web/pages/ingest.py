"""`/ingest`: take files in; each becomes a job whose page shows how it goes."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from stack.accounts.limits.policies import Cost
from stack.accounts.principal import Permission, Principal
from stack.core.errors import BadInput
from stack.ingest.formats import list_parsers
from stack.ingest.handling import read_handling
from stack.ingest.operations import accept_upload
from stack.jobs.queries import list_jobs
from stack.store.queries import list_sources
from stack.web.access import needs
from stack.web.jobs_shown import show_job
from stack.web.marking_picker import pick_for_file, read_draft

_RECENT = 8


@needs(Permission.INGEST, cost=Cost.EXPENSIVE)
@require_http_methods(["GET", "POST"])
def show_ingest(request: HttpRequest, principal: Principal) -> HttpResponseBase:
    if request.method == "POST":
        return _take_file(request, principal)
    return render(request, "pages/ingest.html", _describe(principal))


def _take_file(request: HttpRequest, principal: Principal) -> HttpResponse:
    """With a script each file is a request that wants JSON; without one the browser goes to the job."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    upload = request.FILES.get("file")
    if upload is None:
        raise BadInput("No file was sent", remedy="Choose a file first.")
    job = accept_upload(
        principal,
        chunks=upload.chunks(),
        filename=upload.name or "upload",
        source=request.POST.get("source", "").strip() or None,
        format=request.POST.get("format") or None,
        handling=read_handling(principal, read_draft(request.POST)),
    )
    url = f"/jobs/{job.id}"
    return JsonResponse({"id": job.id, "url": url}, status=202) if wants_json else HttpResponseRedirect(url)


def _describe(principal: Principal) -> dict[str, Any]:
    jobs = list_jobs(principal, kind="ingest", limit=_RECENT).rows
    return {
        "formats": list_parsers().values(),
        "picker": pick_for_file(principal),
        "may_ingest": Permission.INGEST in principal.permissions,
        "sources": list_sources(principal),
        "jobs": [show_job(job) for job in jobs],
    }
