"""Failed sign-ins: recorded as acts, counted by name, and raised as events when they lock or are a spray."""

from django.conf import settings
from django.db import router, transaction
from django.utils.crypto import salted_hmac

from stack.accounts.models import User
from stack.accounts.names import fold_name
from stack.accounts.sign_in.acts import record_failure
from stack.accounts.sign_in.models import FailedSignIn
from stack.core.acts import Act, Result, current_origin, record_act
from stack.core.clock import now_us

_MINUTE = 60 * 1_000_000
_WINDOW = 10 * _MINUTE
_KEPT = 24 * 60 * _MINUTE
_NAMES_OF_A_SPRAY = 10


def count_key(name: str) -> str:
    """Under which key tries of a name are counted: letter case and forms of the same letters are one name."""
    return f"name:{fold_name(name[:1000].strip())}"


def note_failure(name: str, user: User | None, *, reason: str) -> None:
    """Records a sign-in that failed; many names that fail within ten minutes raise a security event."""
    now = now_us()
    with transaction.atomic(using=router.db_for_write(FailedSignIn)):
        record_failure(name, user, "sign-in.fail", reason=reason)
        FailedSignIn.objects.filter(at__lt=now - _KEPT).delete()
        recent = FailedSignIn.objects.filter(at__gte=now - _WINDOW)
        digest = _digest(name)
        is_new = not recent.filter(name_digest=digest).exists()
        FailedSignIn.objects.create(name_digest=digest, address=current_origin().address, at=now)
        if is_new:
            _raise_if_spray(
                recent.values("name_digest").distinct().count(), recent.values("address").distinct().count()
            )


def note_lock(name: str, user: User | None) -> None:
    """Records that a name may not be tried for a while, as a security event, once per window."""
    digest = _digest(f"locked:{name}")
    now = now_us()
    with transaction.atomic(using=router.db_for_write(FailedSignIn)):
        if FailedSignIn.objects.filter(name_digest=digest, at__gte=now - 5 * _MINUTE).exists():
            return
        FailedSignIn.objects.create(name_digest=digest, address=current_origin().address, at=now)
        record_failure(name, user, "sign-in.lock", reason="too many failures", is_security=True)


def _raise_if_spray(names: int, addresses: int) -> None:
    # At the tenth name, and then at each doubling: one spray is a handful of events.
    steps = {_NAMES_OF_A_SPRAY * 2**step for step in range(12)}
    if names not in steps:
        return
    record_act(
        Act(
            "sign-in.lock",
            actor=None,
            after={"reason": "many names are being tried", "names": names, "addresses": addresses},
            result=Result.REFUSED,
            is_security=True,
        )
    )


def _digest(name: str) -> str:
    # Keyed, because people type passwords into the field of the name.
    return salted_hmac(
        "stack.sign-in", fold_name(name[:1000].strip()), secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()
