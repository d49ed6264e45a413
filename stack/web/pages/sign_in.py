"""`/sign-in`, `/sign-in/<token>` (a link that works once) and `/sign-out`."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from stack.accounts.operations import redeem_sign_in
from stack.web.access import open_page

_MODEL_BACKEND = "stack.accounts.sign_in.backend.PasswordBackend"

show_sign_in = open_page("where one signs in")(
    LoginView.as_view(template_name="pages/sign_in.html", redirect_authenticated_user=True)
)
sign_out = open_page("ends the session of whoever asks")(LogoutView.as_view(next_page="/sign-in"))


@open_page("the link is the proof")
@never_cache
@require_GET
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs in whoever brings an unused link; a used or expired one explains how to get another."""
    user = redeem_sign_in(token)
    if user is None:
        return render(request, "pages/sign_in_expired.html", status=410)
    login(request, user, backend=_MODEL_BACKEND)
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
