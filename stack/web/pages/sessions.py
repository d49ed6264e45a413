"""`/account/sessions`: where one is signed in, and how to end that."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from stack.accounts.models import User
from stack.accounts.principal import Permission, Principal
from stack.accounts.sign_in.sessions import end_other_sessions, end_session, list_sessions
from stack.web.access import needs
from stack.web.formats import count_things


@needs(Permission.READ, before_enrolment=True)
def show_sessions(request: HttpRequest, principal: Principal) -> HttpResponse:
    rows = list_sessions(cast("User", request.user), current_key=request.session.session_key)
    response = render(request, "pages/sessions.html", {"sessions": rows})
    response["Cache-Control"] = "no-store"
    return response


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def end_one(request: HttpRequest, principal: Principal, session_id: int) -> HttpResponse:
    user = cast("User", request.user)
    own = {row.id for row in list_sessions(user, current_key=request.session.session_key) if row.is_current}
    end_session(user, session_id)
    if session_id in own:
        logout(request)
        return HttpResponseRedirect("/sign-in")
    messages.success(request, "The session has ended.", extra_tags="good")
    return HttpResponseRedirect("/account/sessions")


@needs(Permission.READ, before_enrolment=True, confirm=True)
@require_POST
def end_others(request: HttpRequest, principal: Principal) -> HttpResponse:
    ended = end_other_sessions(cast("User", request.user), current_key=request.session.session_key)
    messages.success(request, f"{count_things(ended, 'session')} ended.", extra_tags="good")
    return HttpResponseRedirect("/account/sessions")
