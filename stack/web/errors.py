"""Errors as pages of the design: what happened, and what to do about it."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

from stack.accounts.principal import Principal
from stack.audit.operations import record_refused_request
from stack.core.errors import NotAllowed, StackError, TooMany
from stack.store.failures import RETRY_AFTER_S, explain_database_failure

_ACTIONS = {
    403: ("Go to the home page", "/"),
    404: ("Search", "/search"),
    405: ("Go to the home page", "/"),
}


def show_error(
    request: HttpRequest, error: StackError, *, principal: Principal | None = None
) -> HttpResponse:
    """An error that the product expected, with its own words; JSON where JSON was asked for.

    `principal` is who met it, where that is known.
    """
    if isinstance(error, NotAllowed):
        record_refused_request(request, principal, error)
    if _wants_json(request):
        faults = [{"field": fault.field, "message": fault.message} for fault in error.errors]
        body = {"title": error.title, "status": error.status, "detail": error.detail, "remedy": error.remedy}
        answer: HttpResponse = JsonResponse(
            {**body, "errors": faults}, status=error.status, content_type="application/problem+json"
        )
    else:
        answer = _render(request, error.status, error.title, error.detail, error.remedy)
    if isinstance(error, TooMany):
        answer["Retry-After"] = str(error.retry_after)
    return answer


def show_bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _render(request, 400, "The request cannot be read", "", "Go back, reload the page and try again.")


def show_forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _render(request, 403, "Not allowed", "", "Ask an administrator for the permission.")


def show_missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _render(request, 404, "Not found", "There is no such page, or nothing on it that you may see.", "")


def explain_method(request: HttpRequest, answer: HttpResponseBase) -> HttpResponse:
    """A page for whoever opens an address that only takes what a form sends."""
    text = "This address takes what a form sends; there is nothing to show."
    page = _render(request, 405, "Nothing to see here", text, "Go back to the page with the form.")
    page["Allow"] = answer.headers.get("Allow", "")
    return page


def show_failure(request: HttpRequest) -> HttpResponse:
    """A fault of Stack itself, or of its database. Nothing that may be broken (the database, the session)
    is asked. Django calls it while it handles the exception."""
    away = explain_database_failure(sys.exception())
    if away is None:
        text = "The fault is on the server's side, and its log says more."
        return HttpResponse(_render_alone("Stack failed", text), status=500)
    answer = HttpResponse(_render_alone(away.detail, away.remedy), status=away.status)
    answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _render_alone(title: str, text: str) -> str:
    return render_to_string("pages/failure.html", {"title": title, "text": text})


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was older than the session, or came from another site."""
    text = "This form was not sent from a page that Stack gave you, or your session has ended since."
    return _render(request, 403, "The form has expired", text, "Reload the page and send it again.")


def _render(request: HttpRequest, status: int, title: str, text: str, remedy: str) -> HttpResponse:
    action, url = _ACTIONS.get(
        status, ("Try again", request.get_full_path() if request.method == "GET" else "/")
    )
    context = {"title": title, "text": text, "remedy": remedy, "status": status, "action": action, "url": url}
    template = "components/error.html" if request.headers.get("HX-Request") else "pages/error.html"
    return render(request, template, context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.path.endswith(".json") or "application/json" in request.headers.get("Accept", "")
