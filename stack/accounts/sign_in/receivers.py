"""What happens at a sign-in, wherever it is done: the session's clocks start, the act is recorded."""

from typing import Any

from django.http import HttpRequest

from stack.accounts.models import User


def connect_receivers() -> None:
    """Called once, when the apps are ready."""
    from allauth.account.signals import authentication_step_completed
    from allauth.account.signals import user_logged_in as flow_completed
    from django.contrib.auth.signals import user_logged_in

    from stack.accounts.sign_in.mfa import SEALED_COLUMNS
    from stack.accounts.sign_in.models import TokenKey
    from stack.vault.registry import register_sealed, seal_column

    user_logged_in.connect(_begin, dispatch_uid="stack.begin_session")
    flow_completed.connect(_record, dispatch_uid="stack.record_sign_in")
    authentication_step_completed.connect(_confirm, dispatch_uid="stack.note_confirmation")
    for column in (*SEALED_COLUMNS, seal_column(TokenKey, "sealed_private")):
        register_sealed(column)


def _begin(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    from stack.accounts.sign_in.reauthentication import note_proof_elsewhere
    from stack.accounts.sign_in.sessions import begin_session

    begin_session(request, user)
    note_proof_elsewhere(request, {})


def _record(sender: Any, request: HttpRequest, user: User, **more: Any) -> None:
    from allauth.account.internal.flows.login import get_authentication_records

    from stack.accounts.sign_in.acts import record_user_act
    from stack.accounts.sign_in.reauthentication import note_proof_elsewhere

    if "sociallogin" in more:
        note_proof_elsewhere(request, more["sociallogin"].account.extra_data.get("id_token") or {})
    methods = [record.get("type") or record["method"] for record in get_authentication_records(request, user)]
    record_user_act(user, "sign-in.succeed", after={"by": methods})


def _confirm(sender: Any, request: HttpRequest, **more: Any) -> None:
    from stack.accounts.sign_in.reauthentication import note_confirmation

    if more.get("reauthenticated"):
        note_confirmation(request)
