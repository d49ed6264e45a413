"""Every address that Stack answers to, and the pages for those that it does not."""

import sys

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from stack.api.rest.boundary import refuse_request
from stack.api.rest.problems import problem_response, translate_exception
from stack.web.errors import show_bad_request, show_failure

urlpatterns = [
    path("taxii2/", include("stack.sharing.taxii.urls")),
    path("outputs/", include("stack.api.outputs.urls")),
    path("api/", include("stack.api.urls")),
    path("", include("stack.web.urls")),
]
handler400 = "stack.config.urls.answer_bad_request"
handler403 = "stack.web.errors.show_forbidden"
handler404 = "stack.web.errors.show_missing"
handler500 = "stack.config.urls.answer_failure"


def answer_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What no view saw, such as a host name that Stack does not answer to: in the form of whom it is for."""
    answer = refuse_request if request.path.startswith("/api/") else show_bad_request
    return answer(request, exception)


def answer_failure(request: HttpRequest) -> HttpResponse:
    """What broke before a view could answer for it, such as a session whose database is away."""
    error = sys.exception()
    if request.path.startswith("/api/") and isinstance(error, Exception):
        return problem_response(translate_exception(error))
    return show_failure(request)
