"""What somebody tried and may not do; many such tries in a short time are a search for a way in."""

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from stack.audit.models import AuditEntry
from stack.audit.operations.recording import database_alias
from stack.core.acts import Act, Actor, Result, current_origin, record_act
from stack.core.clock import now_us
from stack.core.errors import StackError

SWEEP_REFUSALS = 20
_SWEEP_US = 60_000_000


def record_refusal(actor: Actor | None, error: StackError, *, target: str = "") -> None:
    """Records `access.refuse`; `target` is what was asked for: a route's pattern, never a typed path.

    The twentieth refusal of one actor or address within a minute is an `access.sweep` as well, once a minute.
    That of an address is in no organisation's log, for it tells what others do from there.
    """
    alias = database_alias()
    with transaction.atomic(using=alias):
        record_act(
            Act(
                name="access.refuse",
                actor=actor,
                object_kind="route" if target else "",
                object_id=target,
                after={"refused": type(error).__name__, "detail": error.detail},
                result=Result.REFUSED,
            )
        )
        # The act holds the end of the chain, so that of two refusals at once one sees the other.
        address = current_origin().address
        if actor is not None and actor.user_id is not None:
            _find_sweep(alias, Q(user_id=actor.user_id), actor, "user", str(actor.user_id))
        if address:
            _find_sweep(alias, Q(address=address), None, "address", address)


def record_refused_request(request: HttpRequest, actor: Actor | None, error: StackError) -> None:
    """The refusal of a web request, with its route as the target: a path that was typed may hold a token."""
    match = request.resolver_match
    record_refusal(actor, error, target=f"/{match.route}" if match else "")


def _find_sweep(alias: str, who: Q, actor: Actor | None, kind: str, object_id: str) -> None:
    recent = AuditEntry.objects.using(alias).filter(at__gt=now_us() - _SWEEP_US)
    refusals = recent.filter(who, name="access.refuse").count()
    if refusals < SWEEP_REFUSALS:
        return
    if recent.filter(name="access.sweep", object_kind=kind, object_id=object_id).exists():
        return
    record_act(
        Act(
            name="access.sweep",
            actor=actor,
            object_kind=kind,
            object_id=object_id,
            after={"refusals": refusals, "seconds": _SWEEP_US // 1_000_000},
            result=Result.REFUSED,
            is_security=True,
        )
    )
