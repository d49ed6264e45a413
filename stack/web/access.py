"""Who may open a page: views that need a sign-in get the `Principal`, and their errors become pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from stack.accounts.models import User
from stack.accounts.principal import Principal
from stack.accounts.queries import principal_of_user
from stack.core.errors import StackError
from stack.web.errors import show_error

P = ParamSpec("P")
PageView = Callable[Concatenate[HttpRequest, Principal, P], HttpResponseBase]
GuardedView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def signed_in(view: PageView[P]) -> GuardedView[P]:
    """Gives the view the session's principal; sends everybody else to the sign-in and back afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return _ask_to_sign_in(request)
        try:
            return view(request, principal_of_user(request.user), *args, **kwargs)
        except StackError as error:
            return show_error(request, error)

    return guarded


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.path.endswith((".json", ".csv")) or "application/json" in request.headers.get("Accept", ""):
        return HttpResponse("Sign in first.\n", status=401, content_type="text/plain; charset=utf-8")
    if request.headers.get("HX-Request"):
        # A part of a page cannot hold the sign-in: the browser goes there, and comes back to the whole page.
        return HttpResponseClientRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")
    return redirect_to_login(request.get_full_path() if request.method == "GET" else request.path)
